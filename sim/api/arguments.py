"""Arguments of the Python interface: a value of another type is refused in a sentence."""

import os
from collections.abc import Mapping
from pathlib import Path

from sim.errors import Problem, UnusableInput


def as_path(value: object, what: str, example: str) -> Path:
    """Return a path. Raises UnusableInput for what is none; *what* names it in the problem."""
    if isinstance(value, str | os.PathLike):
        name = os.fspath(value)
        if isinstance(name, str):
            return Path(name)
    raise _refused(value, what, f"text or a Path such as {example}")


def as_text(value: object, what: str, example: str) -> str:
    """Return a text. Raises UnusableInput for what is none; *what* names it in the problem."""
    if isinstance(value, str):
        return value
    raise _refused(value, what, f"text such as {example}")


def as_changes(value: object) -> dict[str, object]:
    """Return changes of a scenario by path. Raises UnusableInput for what is no dictionary."""
    if isinstance(value, Mapping):
        return dict(value)
    expected = 'a dictionary of paths and values such as {"horizon": "90 d"}'
    raise _refused(value, "set of changes", expected)


def _refused(value: object, what: str, expected: str) -> UnusableInput:
    return UnusableInput([Problem(f"{type(value).__name__} is no {what}", expected=expected)])
