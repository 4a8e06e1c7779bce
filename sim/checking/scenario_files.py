"""Finding the scenarios that are meant by names of files and folders."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, UnusableInput, refusal

SUFFIXES = (".yaml", ".yml")

_KEY = re.compile(
    r"""^([ \t]*)["']?(format|start|horizon|fleet|collections|policies|plan|expect)["']?[ \t]*:""",
    re.MULTILINE,
)
_FIRST = re.compile(r"^([ \t]*)(?!---|%)[^\s#]", re.MULTILINE)
"""The first line that says something, with its indentation: that of all keys at the top."""


@dataclass(frozen=True)
class ScenarioFiles:
    """The scenario files that were meant."""

    files: tuple[Path, ...]
    """Each once, in the order of the names given, within a folder in order of name."""
    others: tuple[Path, ...] = ()
    """YAML files of the folders that are no scenarios."""
    problems: tuple[Problem, ...] = ()
    """Of names under which nothing stands, and of folders without any scenario."""


def find_scenarios(paths: Sequence[Path]) -> ScenarioFiles:
    """Return the files that are named, and the scenarios in the folders that are named.

    Folders are searched to their depths, but for run folders, links, hidden ones and those of other
    programs. What was meant to be checked is not passed over in silence: of names under which
    nothing stands, and of folders without any scenario, there is a problem.
    """
    problems: list[Problem] = []
    files: dict[str, Path] = {}
    others: dict[str, Path] = {}
    for path in paths:
        try:
            found = _found(path)
        except UnusableInput as error:
            problems += error.problems
            continue
        for wanted, of_one in ((files, found.files), (others, found.others)):
            for file in of_one:
                wanted.setdefault(_identity(file), file)
    return ScenarioFiles(tuple(files.values()), tuple(others.values()), tuple(problems))


def _found(path: Path) -> ScenarioFiles:
    expected = "a scenario file, or a folder with some"
    try:
        is_there = path.exists()
    except (OSError, ValueError) as error:
        what = f"{path} cannot be read: {refusal(error)}"
        raise UnusableInput([Problem(what, expected=expected)]) from None
    if not is_there:
        raise UnusableInput([Problem(f"{path} does not exist", expected=expected)])
    if not path.is_dir():
        return ScenarioFiles((path,))
    try:
        there = list(_yaml_files(path))
    except OSError as error:
        expected = "a folder that can be read"
        what = f"{error.filename or path} cannot be read: {error.strerror}"
        raise UnusableInput([Problem(what, expected=expected)]) from None
    files = tuple(filter(is_scenario, there))
    if not files:
        expected = "a folder with scenario files (.yaml)"
        raise UnusableInput([Problem(f"{path} holds no scenario", expected=expected)])
    rest = set(there) - set(files)
    others = (file for file in there if file in rest and file.name != JUDGING_FILE)
    return ScenarioFiles(files, tuple(others))


def _identity(file: Path) -> str:
    """Return what is the same however a file is named; a link stays a file of its own."""
    return os.path.join(os.path.realpath(file.parent), file.name)


def is_scenario(file: Path) -> bool:
    """Say whether a YAML file looks like a scenario, if perhaps a wrong one."""
    keys = keys_of(file)
    return keys is None or len(keys) > 1  # whoever reads it will say what is wrong


def keys_of(file: Path) -> frozenset[str] | None:
    """Return the keys of a scenario that stand at the top of a file, in whatever encoding.

    None where it cannot be read.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe would never end
            return frozenset()
        text = file.read_bytes()
    except OSError:
        return None
    wide = text.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = text.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    first = _FIRST.search(plain)
    top = first.group(1) if first else ""
    return frozenset(key for indent, key in _KEY.findall(plain) if indent == top)


def _yaml_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            if not _is_left_out(entry):
                yield from _yaml_files(entry)
        elif entry.suffix.lower() in SUFFIXES and not entry.name.startswith("."):
            yield entry


_MARKS = ("provenance.json", "judging.yaml", "pyvenv.cfg")
"""Files of run folders, of folders of baselines, of virtual environments."""


def _is_left_out(folder: Path) -> bool:
    """Say whether a folder holds results or another program's files."""
    return (
        folder.name.startswith(".")
        or folder.name == "node_modules"
        or folder.is_symlink()
        or any((folder / name).exists() for name in _MARKS)
    )


JUDGING_FILE = "judging.yaml"
