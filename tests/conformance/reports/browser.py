"""A real browser without a window: Debian's Chromium, Chrome, or one that npm put in its cache."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CACHES = (
    ".cache/ms-playwright/chromium*/chrome-*/*chrom*",
    ".cache/ms-playwright/chromium*/chrome-*/*headless*shell",
    ".cache/puppeteer/chrome*/*/*/chrome*",
)
WORK_MS = 4_000
"""Virtual milliseconds that a page has for its script."""


def candidates() -> Iterator[str]:
    """Whatever may be a browser: named by CHROMIUM, on the PATH, in npm's caches."""
    yield os.environ.get("CHROMIUM", "")
    yield from (shutil.which(name) or "" for name in NAMES)
    for pattern in CACHES:
        yield from (str(path) for path in sorted(Path.home().glob(pattern), reverse=True))


class Browser:
    """Opens pages by a Chromium that was found at ``path``, each in a profile of its own."""

    def __init__(self, path: str, directory: Path) -> None:
        self._path = path
        self._directory = directory

    def opened(self, page: Path, state: str = "", *more: str) -> tuple[str, str]:
        """Return the document as it stands when the script is done, and what went wrong in it."""
        command = [
            self._path,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--enable-logging=stderr",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # it refuses to run as root with one
            f"--user-data-dir={self._directory / 'profile'}",
            f"--virtual-time-budget={WORK_MS}",
            "--dump-dom",
            *more,
            f"{page.as_uri()}#{state}",
        ]
        done = subprocess.run(  # noqa: S603 -- the browser that was found
            command, check=True, capture_output=True, text=True, timeout=120
        )
        troubles = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return done.stdout, "\n".join(troubles)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """The first browser that runs; the test is skipped where there is none."""
    for path in filter(None, dict.fromkeys(candidates())):
        if os.access(path, os.X_OK) and Path(path).is_file():
            return Browser(path, tmp_path_factory.mktemp("browser"))
    pytest.skip("no Chromium here: none named by CHROMIUM, on the PATH or in npm's caches")
