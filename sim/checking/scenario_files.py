"""Finding the scenarios in files and folders that a person names."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, ProblemCollector, UnusableInput, refusal

SUFFIXES = (".yaml", ".yml")

TOLERANCES_FILE = "tolerances.yaml"
FORMER_TOLERANCES_FILE = "judging.yaml"
TOLERANCES_FILES = (TOLERANCES_FILE, FORMER_TOLERANCES_FILE)
"""The file that says how baselines are compared; its former name is still read."""

_KEY = re.compile(
    r"""^([ \t]*)["']?(format|start|horizon|fleet|collections|policies|plan|expect)["']?[ \t]*:""",
    re.MULTILINE,
)
_FIRST = re.compile(r"^([ \t]*)(?!---|%)[^\s#]", re.MULTILINE)
"""The first line with content; its indentation is that of all keys at the top."""

_MARKERS = ("provenance.json", "pyvenv.cfg", *TOLERANCES_FILES)
"""Files of run folders, virtual environments and folders of baselines."""


@dataclass(frozen=True)
class ScenarioFiles:
    """The scenario files under some paths."""

    files: tuple[Path, ...]
    """Each once, in the order of the paths; within a folder in order of name."""
    others: tuple[Path, ...] = ()
    """YAML files in the folders that are not scenarios."""
    problems: tuple[Problem, ...] = ()
    """One for each path that does not exist, and for each folder without a scenario."""


def find_scenarios(paths: Sequence[Path]) -> ScenarioFiles:
    """Return the files that are named, and the scenarios in the folders that are named.

    Folders are searched with their subfolders, except run folders, links, hidden folders and those
    of other programs.
    """
    collector = ProblemCollector()
    files: dict[str, Path] = {}
    others: dict[str, Path] = {}
    for path in paths:
        with collector.collected():
            inside = _find(path)
            for file in inside.files:
                files.setdefault(_identity(file), file)
            for file in inside.others:
                others.setdefault(_identity(file), file)
    problems = tuple(collector.problems)
    return ScenarioFiles(tuple(files.values()), tuple(others.values()), problems)


def _find(path: Path) -> ScenarioFiles:
    expected = "a scenario file, or a folder of scenario files"
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
        yaml_files = list(_yaml_files(path))
    except OSError as error:
        expected = "a folder that can be read"
        what = f"{error.filename or path} cannot be read: {error.strerror}"
        raise UnusableInput([Problem(what, expected=expected)]) from None
    files = tuple(filter(is_scenario, yaml_files))
    if not files:
        expected = "a folder with scenario files (.yaml)"
        raise UnusableInput([Problem(f"{path} contains no scenario", expected=expected)])
    rest = set(yaml_files) - set(files)
    others = (file for file in yaml_files if file in rest and file.name not in TOLERANCES_FILES)
    return ScenarioFiles(files, tuple(others))


def _identity(file: Path) -> str:
    """Return a key that is the same for every way to name a file; a link is a file of its own."""
    return os.path.join(os.path.realpath(file.parent), file.name)


def is_scenario(file: Path) -> bool:
    """Return whether a YAML file looks like a scenario, perhaps one with mistakes."""
    keys = keys_of(file)
    return keys is None or len(keys) > 1  # what is wrong with the file is reported on reading it


def keys_of(file: Path) -> frozenset[str] | None:
    """Return the keys of a scenario at the top of a file, whatever its encoding.

    None if it cannot be read.
    """
    try:
        if file.exists() and not file.is_file():  # reading a pipe would never end
            return frozenset()
        content = file.read_bytes()
    except OSError:
        return None
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if is_utf_16 else "utf-8-sig", errors="replace")
    first = _FIRST.search(text)
    top = first.group(1) if first else ""
    return frozenset(key for indent, key in _KEY.findall(text) if indent == top)


def _yaml_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            if not _is_skipped(entry):
                yield from _yaml_files(entry)
        elif entry.suffix.lower() in SUFFIXES and not entry.name.startswith("."):
            yield entry


def _is_skipped(folder: Path) -> bool:
    return (
        folder.name.startswith(".")
        or folder.name == "node_modules"
        or folder.is_symlink()
        or any((folder / name).exists() for name in _MARKERS)
    )
