"""Finding the scenarios that are meant by names of files and folders."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, UnusableInput

SUFFIXES = (".yaml", ".yml")

_KEY = re.compile(rb"^(format|horizon|fleet|plan|policies)[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """The scenario files that were meant."""

    files: tuple[Path, ...]
    """Each once, in the order of the names given, within a folder in order of name."""
    others: tuple[Path, ...] = ()
    """YAML files of the folders that are no scenarios."""


def find_scenarios(paths: Sequence[Path]) -> Found:
    """Return the files that are named, and the scenarios in the folders that are named.

    Folders are searched to their depths, but for run folders, hidden ones and those of other
    programs. Raises UnusableInput for names under which nothing stands.
    """
    problems = [
        Problem(f"{path} does not exist", expected="a scenario file, or a folder with some")
        for path in paths
        if not path.exists()
    ]
    if problems:
        raise UnusableInput(problems)
    files: dict[Path, None] = {}
    others: dict[Path, None] = {}
    for path in paths:
        for file in _yaml_files(path) if path.is_dir() else (path,):
            wanted = files if file == path or is_scenario(file) else others
            wanted[file] = None
    return Found(tuple(files), tuple(others))


def is_scenario(file: Path) -> bool:
    """Say whether a YAML file looks like a scenario, if perhaps a wrong one."""
    try:
        text = file.read_bytes()
    except OSError:
        return True  # whoever reads it will say what is wrong
    keys = set(_KEY.findall(text))
    return b"format" in keys and len(keys) > 1


def _yaml_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            if not _is_left_out(entry):
                yield from _yaml_files(entry)
        elif entry.suffix.lower() in SUFFIXES and not entry.name.startswith("."):
            yield entry


def _is_left_out(folder: Path) -> bool:
    """Say whether a folder holds results or another program's files."""
    return (
        folder.name.startswith(".")
        or folder.name == "node_modules"
        or folder.is_symlink()
        or any((folder / name).exists() for name in ("provenance.json", "pyvenv.cfg"))
    )
