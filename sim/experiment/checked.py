"""Checking scenarios: each is simulated and its expectations are judged, for CI.

What comes out is a value that text, JSON, JUnit and annotations are made of alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.expectations import Judged
from sim.errors import Problem
from sim.experiment.replay import one_alone, run_command


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
    doubts: tuple[str, ...] = ()
    """The notes that say that an expectation hardly asks for what it says, whatever came of it."""

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
        """Return the command that runs again what decided an expectation, or the whole scenario.

        Empty where the scenario could not be read.
        """
        if self.seed is None:
            return ""
        command = run_command(self.file, self.seed)
        if judged is None or judged.of == 1 or judged.held is None:
            return command
        return f"{command} {one_alone(self.file, self.seed, judged.replication)}"


_WORST_FIRST = (
    "failed",
    "regression",
    "no baseline",
    "inconclusive",
    "warned",
    "passed",
    "not run",
)


def worst(checked: Sequence[Checked]) -> str:
    """Return the worst outcome of all, in the order in which exit codes are chosen.

    What was not run decides only where nothing was run at all.
    """
    found = {one.outcome for one in checked}
    return next((one for one in ("unusable", *_WORST_FIRST) if one in found), "not run")
