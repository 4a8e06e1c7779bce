"""Commands that run again what was found, to be copied into any shell.

Checking scenarios: each is simulated and its expectations are judged, for CI.

What comes out is a value that text, JSON, JUnit and annotations are made of alike.
"""

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sim.errors import Problem
from sim.judging.expectations import ExpectationResult

_NEEDS_QUOTES = re.compile(r"[^\w./:@%+=,-]")
_READ_IN_QUOTES = re.compile(r'["$`!]' if os.name == "nt" else r'["$`!\\]')


def run_command(file: str, seed: int) -> str:
    """Return the command that runs a scenario again."""
    return (
        f"fleetsim run {shell_quoted(f'./{file}' if file.startswith('-') else file)} --seed {seed}"
    )


def one_alone(file: str, seed: int, replication: int) -> str:
    """Return the options that run one of several replications, beside the folder of all."""
    folder = f"results/{PurePath(file).stem}-{seed}-replication-{replication}"
    return f"--replication {replication} --out {shell_quoted(folder)}"


def shell_quoted(text: str) -> str:
    """Return a text as shells take it.

    In double quotes where those suffice, as every shell knows them; in single ones where a shell
    would still read a sign within them.

    A backslash is one in double quotes on Windows alone, where paths are full of them.

    >>> shell_quoted("plan.yaml"), shell_quoted("plan b.yaml"), shell_quoted("a$b")
    ('plan.yaml', '"plan b.yaml"', "'a$b'")
    """
    if not _NEEDS_QUOTES.search(text):
        return text
    return shlex.quote(text) if _READ_IN_QUOTES.search(text) else f'"{text}"'


@dataclass(frozen=True)
class BaselineResult:
    """How a scenario compares with its baseline."""

    outcome: str
    """`passed`, `regression`, `inconclusive`, `missing` (also: unreadable)."""
    covers: str
    """What the baseline covers, in a sentence."""
    told: tuple[str, ...] = ()
    """What differs, a line each, the most important first."""


@dataclass(frozen=True)
class CheckResult:
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
    judged: tuple[ExpectationResult, ...] = ()
    """In the order of `expect:`."""
    lines: tuple[int, ...] = ()
    """The line of the file on which each expectation stands."""
    events: str = ""
    """The digest of the (first) event log."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be used; then nothing was judged."""
    baseline: BaselineResult | None = None
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

    def replay(self, judged: ExpectationResult | None = None) -> str:
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


def worst(checked: Sequence[CheckResult]) -> str:
    """Return the worst outcome of all, in the order in which exit codes are chosen.

    What was not run decides only where nothing was run at all.
    """
    found = {one.outcome for one in checked}
    return next((one for one in ("unusable", *_WORST_FIRST) if one in found), "not run")
