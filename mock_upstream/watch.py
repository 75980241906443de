"""Hot reload: a profile and a script follow their files while the mock runs.

Files are looked at four times a second rather than subscribed to: that works on every file system
and in every container, also when an editor puts another file in the place of one. A change is taken
when it has stood still for one look, so that half a file is not read. What cannot be used changes
nothing: the former one stays, and the error is told.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final, Generic, Literal, TypeAlias, TypeVar

LOGGER: Final = logging.getLogger("mock_upstream.watch")

INTERVAL: Final = 0.25
"""Seconds between two looks."""

What: TypeAlias = Literal["profile", "script"]
Signature: TypeAlias = tuple[tuple[int, int, int] | None, ...]
T = TypeVar("T")


class Watched(Generic[T]):
    """One file, what is made of it, and who uses that.

    `files` lists all files that it is made of; `load` raises `ValueError` with the words for what
    is wrong. The first `load` is the caller's: what it raises is not caught.
    """

    def __init__(
        self,
        what: What,
        path: Path,
        load: Callable[[Path], T],
        files: Callable[[Path], Sequence[Path]] = lambda path: (path,),
    ) -> None:
        self.what: Final = what
        self.path: Final = path
        self._load = load
        self._list = files
        self._use: Callable[[T], None] = lambda _: None
        self._lock = Lock()
        self._files: Sequence[Path] = ()
        self._seen: Signature = ()
        self._waiting: Signature | None = None
        self._loaded = 0.0
        self._error: str | None = None

    def first(self) -> T:
        """Load the file for the first time."""
        self._note()
        made = self._load(self.path)
        self._loaded = time.time()
        return made

    def then(self, use: Callable[[T], None]) -> "Watched[T]":
        """Say what becomes of what is loaded from now on; `use` may raise `ValueError` too."""
        self._use = use
        return self

    def look(self) -> None:
        """Load the file again if it has changed and stands still."""
        now = _signature(self._files)
        if now == self._seen:
            self._waiting = None
        elif now != self._waiting:
            self._waiting = now
        else:
            self._waiting = None
            self._reload()

    def state(self) -> dict[str, object]:
        """Tell the file, the files it is made of, when it was loaded, and the error since."""
        with self._lock:
            return {
                "what": self.what,
                "file": str(self.path),
                "files": list(map(str, self._files)),
                "loaded": self._loaded,
                "error": self._error,
            }

    def _reload(self) -> None:
        self._note()
        told = f"The {self.what} changed and cannot be used; the former stays:"
        try:
            self._use(self._load(self.path))
        except ValueError as error:
            self._told(str(error))
            LOGGER.warning(
                "The %s changed and cannot be used; the former stays:\n%s", self.what, error
            )
        except Exception as error:
            self._told(repr(error))
            LOGGER.exception("%s", told)
        else:
            self._told(None)
            LOGGER.info("Loaded the %s again from %s", self.what, self.path)

    def _note(self) -> None:
        """Note what the files are before they are read: a change meanwhile is then seen."""
        files = tuple(self._list(self.path))
        with self._lock:
            self._files = files
        self._seen = _signature(files)

    def _told(self, error: str | None) -> None:
        with self._lock:
            self._error = error
            if error is None:
                self._loaded = time.time()


class Watch:
    """Looks at files in a thread of its own: `with Watch(watched): …`."""

    def __init__(self, watched: Iterable[Watched[object]], interval: float = INTERVAL) -> None:
        self._watched = tuple(watched)
        self._interval = interval
        self._end = Event()
        self._thread: Thread | None = None

    def __enter__(self) -> "Watch":
        if self._watched:
            self._thread = Thread(target=self._run, name="mock-upstream watch", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def state(self) -> list[dict[str, object]]:
        """Tell the state of each file."""
        return [one.state() for one in self._watched]

    def _run(self) -> None:
        while not self._end.wait(self._interval):
            for one in self._watched:
                one.look()


def _signature(files: Iterable[Path]) -> Signature:
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
