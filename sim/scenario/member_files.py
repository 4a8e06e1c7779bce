"""Member files: one device name on each line; empty lines and lines with # are skipped."""

from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.files import read_text


def read_member_file(path: str | Path) -> tuple[str, ...]:
    """Return the device names in the file at *path*, in order.

    A first line `name` above others is a header, as in the lists of `fleetsim lint --out`.

    Raises UnusableInput when the file cannot be read, names no device, or names one twice (in
    whatever case).
    """
    names: list[str] = []
    problems: list[Problem] = []
    first_lines: dict[str, int] = {}
    for number, line in enumerate(read_text(path, "member").splitlines(), start=1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        first = first_lines.setdefault(name.casefold(), number)
        if first != number:
            what = f'"{name}" is named twice (lines {first} and {number})'
            problems.append(Problem(what, expected="keep one", file=str(path), line=number))
        names.append(name)
    if len(names) > 1 and names[0] == "name":
        del names[0]
    if not names:
        what = "the file names no device"
        problems.append(Problem(what, expected="one device name a line", file=str(path)))
    if problems:
        raise UnusableInput(problems)
    return tuple(names)
