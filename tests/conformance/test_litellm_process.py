"""The guard of a started proxy, without a proxy: another command serves as well."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_what_a_killed_run_has_started_ends(tmp_path: Path) -> None:
    """No proxy is left when the process that started it is killed outright."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from conformance.entries.litellm_process import LiteLLMProcess\n"
        f"started = LiteLLMProcess({SLEEPER!r}, {{}}, Path(sys.argv[1]))\n"
        "print(started._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        started = int(run.stdout.readline())
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while is_running(started):
        assert time.monotonic() < deadline, f"process {started} is still there"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process of this number exists and is not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
