"""Writing a folder of views whole or not at all."""

import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from sim.errors import Problem, UnusableInput


def write_folder(out: Path, fill: Callable[[Path], None], names: Collection[str]) -> None:
    """Let *fill* write the files *names* into a folder beside *out*, and move it into place.

    A folder that stands there is replaced only where it holds nothing but such files. Raises
    UnusableInput when that cannot be done; then nothing is left of it.
    """
    _check(out, names)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    made = [folder for folder in partial.parents if not folder.exists()]
    done = False
    try:
        partial.mkdir(parents=True)
        fill(partial)
        if out.is_dir():
            shutil.rmtree(out)
        partial.replace(out)
        done = True
    except OSError as error:
        told = os.strerror(error.errno) if error.errno else "an error of the file system"
        expected = "a folder in one that can be written, on a disk with room"
        problem = Problem(f"{out} cannot be written: {told}", expected=expected)
        raise UnusableInput([problem]) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for folder in () if done else made:
            with suppress(OSError):
                folder.rmdir()


def _check(out: Path, names: Collection[str]) -> None:
    expected = "a new folder, or one of views to replace"
    if out.is_file():
        raise UnusableInput([Problem(f"{out} is a file", expected=expected)])
    if out.is_dir() and any(path.name not in names for path in out.iterdir()):
        raise UnusableInput([Problem(f"{out} holds other files", expected=expected)])
