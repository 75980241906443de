"""The files that a served mock is made of, and how a session follows them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_upstream.profile_format.profile import Profile, load_profile
from mock_upstream.profile_format.profile_file import family, is_file_name
from mock_upstream.session import Session
from mock_upstream.watch import Watched

if TYPE_CHECKING:
    from mock_upstream.scripts.script import Script


@dataclass(frozen=True, slots=True)
class ServedFiles:
    """The files of profile and script; None where there is none."""

    profile: Watched[Profile] | None = None
    script: "Watched[Script] | None" = None

    def followed(self, session: Session) -> "list[Watched[Any]]":
        """Let a session follow its files from now on."""
        found: list[Watched[Any]] = []
        if self.profile is not None:
            found.append(self.profile.then(partial(session.use_profile, lasting=True)))
        if self.script is not None:
            found.append(self.script.then(partial(session.use_script, lasting=True)))
        return found


def served_files(profile: str, script: str | None) -> ServedFiles:
    """Name the files: a profile's, unless it is a shipped one by name, and a script's."""
    followed = None
    if script is not None:
        from mock_upstream.scripts.script_file import load_script

        followed = Watched("script", Path(script), load_script)
    if not is_file_name(profile):
        return ServedFiles(None, followed)
    return ServedFiles(Watched("profile", Path(profile), load_profile, family), followed)
