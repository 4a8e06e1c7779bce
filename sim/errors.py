"""The exception tree and the one shape of a problem.

FleetsimError
├── UnusableInput          scenario, fleet, options or folder cannot be used; holds every Problem
│   └── NotSimulated       accepted by the language, not simulated by this version
├── UnknownRule            `explain` was asked for an id that is not in the table
└── ReplicationError       a device's process failed: says device, simulated time and seed
    └── ProcessEnded       a process of the computer was ended from outside
"""

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input, in the shape that all commands print."""

    what: str
    """What is wrong. It never repeats a value that could be a secret."""
    path: str = ""
    """The place inside the file, such as `policies[Onboard].workspace.key`."""
    expected: str = ""
    """What would have been right, or what to do."""
    suggestion: str = ""
    """The nearest accepted word; empty if none is near."""
    file: str = ""
    line: int = 0
    """Counted from 1; 0 when the problem has no line."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        path = f"{self.path}: " if self.path else ""
        text = "; ".join(part for part in (self.what, self.expected) if part)
        hint = f'; did you mean "{self.suggestion}"?' if self.suggestion else ""
        return f"{place}{path}{text}{hint}"


class FleetsimError(Exception):
    """Base of all errors that fleetsim raises on purpose."""


class UnusableInput(FleetsimError):
    """Scenario, fleet file, options or run folder cannot be used. Exit code 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["UnusableInput"], tuple[tuple[Problem, ...]]]:
        """Return the parts to rebuild it from in another process."""
        return type(self), (self.problems,)


class ProblemCollector:
    """Collects the problems of several steps, so that a person sees all of them at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Add the problems that the block raises."""
        try:
            yield
        except UnusableInput as error:
            self.problems += error.problems

    def raise_all(self, *, once: bool = False) -> None:
        """Raise UnusableInput if there are any; each only *once* where steps share a file."""
        if self.problems:
            raise UnusableInput(dict.fromkeys(self.problems) if once else self.problems)


class NotSimulated(UnusableInput):
    """The language accepts it, but this version does not simulate it yet. Exit code 2."""


class UnknownRule(FleetsimError):
    """`explain` was asked for a rule id that is not in the table."""


class ReplicationError(FleetsimError):
    """A device's process failed inside the kernel: an internal error. Exit code 70."""


class ProcessEnded(ReplicationError):
    """A worker process was ended from outside, by no fault of fleetsim. Exit code 70."""


class FleetsimWarning(UserWarning):
    """An expectation of severity `warn` is not met."""


def refusal(error: OSError | ValueError) -> str:
    """Return the file system's reason for refusing a name, without a path."""
    if isinstance(error, ValueError):
        return "it cannot be a file name"
    return os.strerror(error.errno) if error.errno else "an error of the file system"


def nearest(word: str, accepted: Sequence[str]) -> str:
    """Return the accepted word nearest to *word*; empty when none is near."""
    folded = {candidate.casefold(): candidate for candidate in accepted}
    close = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
