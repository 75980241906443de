"""The command `mock-upstream`: serve a profile; list, check and describe profiles; list quirks.

Exit codes: 0 after a clean end, 2 for an option, field path or profile that cannot be used, 3 when
the mock cannot listen where it was told to.
"""

import click

from mock_upstream.journal.journal_command import journal
from mock_upstream.profile_format.profile_commands import profile, profiles
from mock_upstream.recording.record_command import record
from mock_upstream.replies.reply_options import quirks
from mock_upstream.serve_command import serve
from mock_upstream.service import EXIT_CANNOT_LISTEN, EXIT_USAGE

__all__ = ["EXIT_CANNOT_LISTEN", "EXIT_USAGE", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mock-upstream")
def main() -> None:
    """Mock an OpenAI-compatible upstream, as strict as the real one."""


main.add_command(serve)
main.add_command(record)
main.add_command(profiles)
main.add_command(profile)
main.add_command(quirks)
main.add_command(journal)
