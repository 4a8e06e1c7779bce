"""Folders that are written whole or not at all, replacing an earlier one in one move."""

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from types import FrameType

from sim.errors import Problem, UnusableInput, refusal
from sim.experiment.interruptions import interruption_later, no_interruption


def plain(folder: Path) -> Path:
    """Return a folder without `..`: what is judged must be what is replaced."""
    return Path(os.path.normpath(folder))


@contextmanager
def whole_folder(folder: Path, check: Callable[[Path], None]) -> Iterator[Path]:
    """Give a folder beside the wanted one; put it in place at the end, or leave nothing.

    *check* is asked once more, in the last moment, whether what stands there may be replaced; it
    raises UnusableInput. So does what the file system refuses; errors of files between are told
    as such.
    """
    shown, folder = folder, plain(folder)
    folder = folder.resolve() if folder.is_symlink() else folder
    made = [path for path in folder.parents if not path.exists()]
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        with interruption_later():
            folder.parent.mkdir(parents=True, exist_ok=True)
            partial = Path(mkdtemp(prefix=f"{partial.name}-", dir=folder.parent))
            partial.chmod(_usual_mode())
        with _removed_when_ended(partial):
            yield partial
        with no_interruption():
            _put_in_place(partial, folder, check)
    except OSError as error:
        what = f"the results cannot be written to {shown}: {refusal(error)}"
        expected = "a folder that can be written, on a disk with room; see --out"
        raise UnusableInput([Problem(what, expected=expected)]) from error
    finally:
        with no_interruption():
            shutil.rmtree(partial, ignore_errors=True)
            _remove_empty(made)


def _usual_mode() -> int:
    """Return the rights that a new folder has here."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask


def _remove_empty(folders: list[Path]) -> None:
    """Remove the folders that hold nothing, innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _put_in_place(partial: Path, folder: Path, check: Callable[[Path], None]) -> None:
    former = partial.with_name(partial.name.replace(".partial-", ".former-"))
    if folder.exists():
        check(folder)
        folder.rename(former)
    try:
        partial.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


@contextmanager
def _removed_when_ended(folder: Path) -> Iterator[None]:
    """Let a process leave nothing of a folder when it is told to end.

    One that works for another ends at once; any other as by sys.exit, so that whoever else has
    something to clean up does so.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        if multiprocessing.parent_process() is None:
            raise SystemExit(128 + number)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
