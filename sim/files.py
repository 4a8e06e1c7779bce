"""The one door to files: how a file of text is read, and how every file and folder is written.

Text is UTF-8, read with or without a byte order mark. What a command writes for a person is written
whole or not at all: beside its place first, where Ctrl-C and requests to end leave nothing of it;
then moved there, when it is too late for them. Equal rows give equal bytes in Parquet.
"""

import codecs
import json
import multiprocessing
import os
import shutil
import signal
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from types import FrameType
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, UnusableInput, refusal

if TYPE_CHECKING:
    import pyarrow


END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals that end a command as Ctrl-C does; Windows has no SIGHUP."""


@contextmanager
def interruption_later() -> Iterator[None]:
    """Hold off Ctrl-C and requests to end until the block is done, then obey the first one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {number: signal.getsignal(number) for number in END_SIGNALS}
    handlers = {number: handler for number, handler in before.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, _: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if arrived:
            handlers[signal.Signals(arrived[0])](arrived[0], None)


@contextmanager
def no_interruption() -> Iterator[None]:
    """Ignore Ctrl-C and requests to end during the block: it is too late, or it ends already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in END_SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


MAX_BYTES = 2_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: str | Path, kind: str = "scenario") -> str:
    """Return the text of the file at *path*.

    Raises UnusableInput when it is missing, unreadable, a directory, empty, too large, binary,
    or not UTF-8.
    """
    file = str(path)
    content = _content(Path(path), file, kind)
    if not content.strip():
        raise _unreadable(file, "the file is empty")
    if content.startswith(_UTF_16):
        raise _unreadable(file, "the file is UTF-16", "save it as UTF-8")
    if b"\0" in content:
        raise _unreadable(file, "the file is binary, not text", "save it as text in UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(file, f"line {line} is not UTF-8", "save the file as UTF-8") from None


def _content(path: Path, file: str, kind: str) -> bytes:
    try:
        if path.is_dir():
            raise _unreadable(file, "this is a directory", f"name a {kind} file")
        if path.exists() and not path.is_file():
            raise _unreadable(file, "this is not an ordinary file", f"name a {kind} file")
        if path.stat().st_size > MAX_BYTES:
            expected = "at most 2 MB; a fleet belongs in a CSV or Parquet file"
            raise _unreadable(file, "the file is too large", expected)
        return path.read_bytes()
    except FileNotFoundError:
        raise _unreadable(file, "there is no such file") from None
    except (OSError, ValueError):
        expected = "check its name and permissions"
        raise _unreadable(file, "the file cannot be read", expected) from None


def _unreadable(file: str, what: str, expected: str = "") -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected, file=file)])


def write_text(path: Path, text: str | Iterable[str], append: bool = False) -> None:
    """Write a text, or its pieces, in UTF-8 with the line ends that it has.

    Every text file of fleetsim is written here: where it matters whether it is whole, inside
    `whole_folder` or by `write_whole`.
    """
    with path.open("a" if append else "w", encoding="utf-8", newline="") as file:
        file.writelines([text] if isinstance(text, str) else text)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON file in UTF-8 with two spaces of indent and a final newline."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, f"{text}\n")


def write_text_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all; see `write_whole`."""
    write_whole(path, lambda place: write_text(place, text))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let *write* fill a file beside *path*, then move it into place; missing folders are made.

    Raises UnusableInput when that cannot be done; then nothing is left of it.
    """
    path = place_of(path)
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    new_folders = [folder for folder in partial.parents if not folder.exists()]
    try:
        with exit_when_asked(lambda: _remove(partial)):
            partial.parent.mkdir(parents=True, exist_ok=True)
            write(partial)
            with no_interruption():
                partial.replace(path)
    except OSError as error:
        raise _unwritable(path, refusal(error), _FILE) from None
    finally:
        with no_interruption():
            _remove(partial)
            _remove_empty(new_folders)


def overwriting_problems(
    path: Path,
    kind: str,
    is_kind: Callable[[Path], bool],
    option: str = "",
    *,
    example: str = "",
    read: Iterable[Path] = (),
) -> Iterator[Problem]:
    """Yield why a command must not write a file to *path*, which was set by *option*.

    A file is replaced only if it is empty, or of the kind that the command writes; never if it is
    one of those that the command has to *read*, or part of a run folder.
    """
    another = f"another file such as {example}" if example else "another file"
    try:
        place = place_of(path)
        if any(_is_same(place, other) for other in read):
            what = f"{path} is read by this command, and would be replaced"
            yield Problem(what, option, another)
        elif place.exists() and (place.parent / "provenance.json").is_file():
            what = f"{path} is part of a run folder, and would be replaced"
            yield Problem(what, option, another)
        elif place.exists() and place.stat().st_size and not is_kind(place):
            what, advice = f"{path} exists and is not a {kind}", f"{another}, or delete this one"
            yield Problem(what, option, advice)
    except UnusableInput as error:
        yield from (replace(problem, path=option) for problem in error.problems)
    except OSError as error:
        yield Problem(f"{path} cannot be written: {refusal(error)}", option, another)


def _is_same(path: Path, other: Path) -> bool:
    """Say whether two paths lead to one file, which need not exist."""
    try:
        return path.samefile(other)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(other)


def begins_with(path: Path, beginning: str) -> bool:
    """Say whether a file of text begins like this; a byte order mark does not count."""
    expected = beginning.encode()
    with path.open("rb") as file:
        return file.read(len(expected) + 3).removeprefix(codecs.BOM_UTF8).startswith(expected)


def temporary_folder() -> AbstractContextManager[Path]:
    """Give a folder for temporary files that is deleted after the block."""
    return _new_folder("fleetsim-")


@contextmanager
def _new_folder(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """Give a new folder; what is left of it goes, also when the process is asked to end."""
    made: list[Path] = []
    try:
        with interruption_later():
            if place is not None:
                place.mkdir(parents=True, exist_ok=True)
            made.append(Path(mkdtemp(prefix=prefix, dir=place)))
        with exit_when_asked(lambda: _remove(made[0])):
            yield made[0]
    finally:
        with no_interruption():
            for folder in made:
                _remove(folder)


def place_of(path: Path) -> Path:
    """Return where a file would be written: where a link leads, else the path itself.

    Raises UnusableInput where something else than an ordinary file is, where the name cannot
    exist, or where a file is in the place of a folder.
    """
    why = ""
    try:
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        if not stat.S_ISREG(path.stat().st_mode):
            why = "it is not an ordinary file"
    except (FileNotFoundError, NotADirectoryError):
        above = next((folder for folder in path.parents if folder.exists()), Path())
        if not above.is_dir():
            raise _unwritable(path, f"{above} is a file", _FILE) from None
    except (OSError, ValueError) as error:
        why = refusal(error)
    if why:
        problem = Problem(f"{path} cannot be written: {why}", expected="the name of a file")
        raise UnusableInput([problem])
    return path


_FILE = "a file in a folder that can be written, on a disk with room"
_FOLDER = "a folder that can be written, on a disk with room"


def _unwritable(path: Path, why: str, expected: str) -> UnusableInput:
    return UnusableInput([Problem(f"{path} cannot be written: {why}", expected=expected)])


def normalized(folder: Path) -> Path:
    """Return a folder's path without `..`, so that the folder checked is the folder replaced."""
    return Path(os.path.normpath(folder))


@contextmanager
def whole_folder(folder: Path, check: Callable[[Path], None]) -> Iterator[Path]:
    """Yield a folder beside the wanted one; move it into place at the end, or leave nothing.

    *check* is called at the last moment and raises UnusableInput when the folder that is there
    must not be replaced. What the file system refuses is raised as UnusableInput, too.
    """
    as_named, folder = folder, normalized(folder)
    folder = folder.resolve() if folder.is_symlink() else folder
    new_folders = [path for path in folder.parents if not path.exists()]
    try:
        with _new_folder(f".{folder.name}.partial-", folder.parent) as partial:
            partial.chmod(_usual_mode())
            yield partial
            with no_interruption():
                _put_in_place(partial, folder, check)
    except OSError as error:
        raise _unwritable(as_named, refusal(error), _FOLDER) from error
    finally:
        with no_interruption():
            _remove_empty(new_folders)


def _usual_mode() -> int:
    """Return the permissions that a new folder has here."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask


def _remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds, if it is there."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


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
def exit_when_asked(leave: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Let a request to end the process end it as sys.exit does, so that everybody cleans up.

    A worker process calls *leave* and ends at once.
    """
    is_main = threading.current_thread() is threading.main_thread()
    requests = [number for number in END_SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    if not is_main:
        requests = []

    def end(number: int, frame: FrameType | None) -> None:
        if multiprocessing.parent_process() is None:
            raise SystemExit(128 + number)
        leave()
        os._exit(128 + number)

    for number in requests:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in requests:
            signal.signal(number, signal.SIG_DFL)


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
