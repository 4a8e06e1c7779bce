"""Ctrl-C, and requests to end, held off while what is under way must not be left halfway.

Text files as people save them: UTF-8 with or without a mark, any line ends, nothing else.

The one way in which JSON files are written.

Writing one file whole or not at all, for the commands that write a file of their own.

Folders that are written whole or not at all, replacing an earlier one in one move.

The one Parquet writer: fixed row groups, compression and dictionaries, so equal bytes.
"""

import codecs
import json
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
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, UnusableInput, refusal

if TYPE_CHECKING:
    import pyarrow


ASKED_TO_END = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals with which a command ends as after Ctrl-C; Windows has no SIGHUP."""


@contextmanager
def interruption_later() -> Iterator[None]:
    """Let an interruption, or a request to end, come when the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    come: list[int] = []
    before = {number: signal.getsignal(number) for number in ASKED_TO_END}
    heard = {number: handler for number, handler in before.items() if callable(handler)}
    for number in heard:
        signal.signal(number, lambda number, _: come.append(number))
    try:
        yield
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
        if come:
            heard[signal.Signals(come[0])](come[0], None)


@contextmanager
def no_interruption() -> Iterator[None]:
    """Let none come at all while the block lasts: it is too late for it, or under way already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in ASKED_TO_END]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


MAX_BYTES = 2_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: str | Path, what_for: str = "scenario") -> str:
    """Return the text of the file at *path*.

    Raises UnusableInput when it is missing, unreadable, a directory, empty, too large, binary,
    or not UTF-8.
    """
    file = str(path)
    content, problem = _content(Path(path), what_for)
    if problem is None:
        text, problem = _decoded(content)
        if problem is None:
            return text
    raise UnusableInput([Problem(*problem, file=file)])


_Trouble = tuple[str, str, str]
"""What is wrong, no place, what was expected."""


def _content(path: Path, what_for: str) -> tuple[bytes, _Trouble | None]:
    try:
        if path.is_dir():
            return b"", ("this is a directory", "", f"name a {what_for} file")
        if path.exists() and not path.is_file():
            return b"", ("this is no ordinary file", "", f"name a {what_for} file")
        if path.stat().st_size > MAX_BYTES:
            expected = "at most 2 MB; a fleet belongs in a CSV or Parquet file"
            return b"", ("the file is too large", "", expected)
        return path.read_bytes(), None
    except FileNotFoundError:
        return b"", ("there is no such file", "", "")
    except (OSError, ValueError):
        return b"", ("the file cannot be read", "", "check its name and permissions")


def _decoded(content: bytes) -> tuple[str, _Trouble | None]:
    if not content.strip():
        return "", ("the file is empty", "", "")
    if content.startswith(_UTF_16):
        return "", ("the file is UTF-16", "", "save it as UTF-8")
    if b"\0" in content:
        return "", ("the file is binary, not text", "", "save it as text in UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", (f"line {line} is not UTF-8", "", "save the file as UTF-8")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON file in UTF-8 with two spaces of indent and a final newline."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", "utf-8", newline="\n")


def write_text_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all; see `write_whole`."""
    write_whole(path, lambda place: place.write_text(text, "utf-8", newline="\n"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let *write* fill a file beside *path* and move it into place; folders are made.

    Raises UnusableInput when that cannot be done; then nothing of it is left.
    """
    import os
    from contextlib import suppress

    from sim.errors import UnusableInput, refusal

    path = place_of(path)
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    made = [folder for folder in partial.parents if not folder.exists()]
    done = False
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
        done = True
    except OSError as error:
        raise UnusableInput([_refused(path, refusal(error))]) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        for folder in () if done else made:
            with suppress(OSError):
                folder.rmdir()


def place_of(path: Path) -> Path:
    """Return where a file would be written: where a link leads, else the path itself.

    Raises UnusableInput where something else than a plain file stands, no name can be, or a file
    stands where a folder is needed.
    """
    import os
    import stat

    from sim.errors import Problem, UnusableInput, refusal

    told = ""
    try:
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        if not stat.S_ISREG(path.stat().st_mode):
            told = "it is no plain file"
    except (FileNotFoundError, NotADirectoryError):
        above = next((folder for folder in path.parents if folder.exists()), Path())
        if not above.is_dir():
            raise UnusableInput([_refused(path, f"{above} is a file")]) from None
    except (OSError, ValueError) as error:
        told = refusal(error)
    if told:
        problem = Problem(f"{path} cannot be written: {told}", expected="the name of a file")
        raise UnusableInput([problem])
    return path


def _refused(path: Path, told: str) -> "Problem":
    from sim.errors import Problem

    expected = "a file in a folder that can be written, on a disk with room"
    return Problem(f"{path} cannot be written: {told}", expected=expected)


def normalized(folder: Path) -> Path:
    """Return a folder without `..`: what is judged must be what is replaced."""
    return Path(os.path.normpath(folder))


@contextmanager
def whole_folder(folder: Path, check: Callable[[Path], None]) -> Iterator[Path]:
    """Give a folder beside the wanted one; put it in place at the end, or leave nothing.

    *check* is asked once more, in the last moment, whether what stands there may be replaced; it
    raises UnusableInput. So does what the file system refuses; errors of files between are told
    as such.
    """
    shown, folder = folder, normalized(folder)
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


ROWS_IN_A_GROUP = 262_144


def write_parquet(path: Path, table: "pyarrow.Table") -> None:
    """Write a table; the same rows always give the same bytes with the same pyarrow."""
    from pyarrow import parquet

    with path.open("wb") as file:  # Python's own file: any name of a folder, and plain errors
        parquet.write_table(
            table,
            file,
            row_group_size=ROWS_IN_A_GROUP,
            compression="zstd",
            compression_level=3,
            version="2.6",
            data_page_version="1.0",
            write_statistics=True,
            store_schema=False,
        )
