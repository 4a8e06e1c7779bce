"""Writing one file whole or not at all, for the commands that write a file of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.errors import Problem


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
