"""Member files: one device name a line; empty lines and lines that begin with # do not count."""

from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.files import read_text


def read_member_file(path: str | Path) -> tuple[str, ...]:
    """Return the device names in the file at *path*, in order.

    Raises UnusableInput when the file cannot be read, names nobody, or names a device twice
    (names are compared without regard to case).
    """
    names: list[str] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(path, "member").splitlines(), start=1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        first = seen.setdefault(name.casefold(), number)
        if first != number:
            what = f'"{name}" is named twice (lines {first} and {number})'
            problems.append(Problem(what, expected="keep one", file=str(path), line=number))
        names.append(name)
    if not names:
        what = "the file names no device"
        problems.append(Problem(what, expected="one device name a line", file=str(path)))
    if problems:
        raise UnusableInput(problems)
    return tuple(names)
