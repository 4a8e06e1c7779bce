"""Checking scenarios: each is simulated and its expectations are judged, for CI.

What comes out is a value that text, JSON, JUnit and annotations are made of alike.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sim.analysis.expectations import Judged
from sim.errors import Problem


@dataclass(frozen=True)
class AgainstBaseline:
    """How a scenario compares with its baseline."""

    outcome: str
    """`passed`, `regression`, `inconclusive`, `missing` (also: unreadable)."""
    covers: str
    """What the baseline covers, in a sentence."""
    told: tuple[str, ...] = ()
    """What differs, a line each, the most important first."""


@dataclass(frozen=True)
class Checked:
    """One scenario file with everything that was found about it."""

    file: str
    """As people write it, with forward slashes."""
    name: str
    """The scenario's; the file's stem where it could not be read."""
    seed: int | None = None
    """None where the scenario could not be read."""
    replications: int = 1
    devices: int = 0
    """At the horizon, in the first replication."""
    judged: tuple[Judged, ...] = ()
    """In the order of `expect:`."""
    lines: tuple[int, ...] = ()
    """The line of the file on which each expectation stands."""
    events: str = ""
    """The digest of the (first) event log."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be used; then nothing was judged."""
    baseline: AgainstBaseline | None = None
    """None where it was not compared with one."""
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Return the worst that was found: `unusable`, `failed`, `regression`, `no baseline`,
        `inconclusive`, `warned` or `passed`; `not run` where nothing was simulated.

        What only reports (`report_only`) decides nothing.
        """
        if self.problems:
            return "unusable"
        if not (self.events or self.judged or self.baseline):
            return "not run"
        found = {one.outcome for one in self.judged if not one.report_only}
        against = self.baseline.outcome if self.baseline else "passed"
        found.add({"missing": "no baseline"}.get(against, against))
        return next(one for one in _WORST_FIRST if one in found)

    def replay(self, judged: Judged | None = None) -> str:
        """Return the command that runs again what decided an expectation, or the whole scenario."""
        seed = "" if self.seed is None else f" --seed {self.seed}"
        command = f"fleetsim run {_quoted(self.file)}{seed}"
        if judged is None or judged.of == 1 or judged.held is None:
            return command
        return f"{command} {self.alone(judged.replication)}"

    def alone(self, replication: int) -> str:
        """Return the options that run one of several replications, beside the folder of all."""
        folder = f"results/{PurePath(self.file).stem}-{self.seed}-replication-{replication}"
        return f"--replication {replication} --out {_quoted(folder)}"


_NEEDS_QUOTES = re.compile(r"[^\w./:@%+=,-]")
_READ_IN_QUOTES = re.compile(r'["$`!]')
_WORST_FIRST = (
    "failed",
    "regression",
    "no baseline",
    "inconclusive",
    "warned",
    "passed",
    "not run",
)


def _quoted(file: str) -> str:
    """Return a file name as shells take it.

    In double quotes where those suffice, as every shell knows them; in single ones where a shell
    would still read a sign within them.
    """
    file = f"./{file}" if file.startswith("-") else file
    if not _NEEDS_QUOTES.search(file):
        return file
    return shlex.quote(file) if _READ_IN_QUOTES.search(file) else f'"{file}"'


def worst(checked: Sequence[Checked]) -> str:
    """Return the worst outcome of all, in the order in which exit codes are chosen.

    What was not run decides only where nothing was run at all.
    """
    found = {one.outcome for one in checked}
    return next((one for one in ("unusable", *_WORST_FIRST) if one in found), "not run")
