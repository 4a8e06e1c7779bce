"""Writing one file whole or not at all, for the commands that write a file of their own."""

from collections.abc import Callable
from pathlib import Path


def write_text_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all; see `write_whole`."""
    write_whole(path, lambda place: place.write_text(text, "utf-8", newline="\n"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let *write* fill a file beside *path* and move it into place; folders are made.

    Raises UnusableInput when that cannot be done; then nothing of it is left.
    """
    import os
    from contextlib import suppress

    from sim.errors import Problem, UnusableInput

    path = path.resolve() if path.is_symlink() else path
    if path.exists() and not path.is_file():
        what = f"{path} cannot be written: it is no plain file"
        raise UnusableInput([Problem(what, expected="the name of a file")])
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    made = [folder for folder in partial.parents if not folder.exists()]
    done = False
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
        done = True
    except OSError as error:
        told = os.strerror(error.errno) if error.errno else "an error of the file system"
        if path.parent.exists() and not path.parent.is_dir():
            told = f"{path.parent} is a file"
        expected = "a file in a folder that can be written, on a disk with room"
        problem = Problem(f"{path} cannot be written: {told}", expected=expected)
        raise UnusableInput([problem]) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        for folder in () if done else made:
            with suppress(OSError):
                folder.rmdir()
