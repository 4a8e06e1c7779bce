"""The result of checking a scenario, and the commands that replay it.

Text, JSON, JUnit and annotations are all made of these values.
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
_SPECIAL_IN_QUOTES = re.compile(r'["$`!]' if os.name == "nt" else r'["$`!\\]')
"""On Windows a backslash in double quotes is an ordinary character, as paths need it."""


def replay_command(file: str, seed: int) -> str:
    """Return the command that runs a scenario again."""
    name = shell_quoted(f"./{file}" if file.startswith("-") else file)
    return f"fleetsim run {name} --seed {seed}"


def one_alone(file: str, seed: int, replication: int) -> str:
    """Return the options that run one of several replications, beside the folder of all."""
    folder = f"results/{PurePath(file).stem}-{seed}-replication-{replication}"
    return f"--replication {replication} --out {shell_quoted(folder)}"


def shell_quoted(text: str) -> str:
    """Return a text as an argument for any shell: in double quotes if those are enough.

    >>> shell_quoted("plan.yaml"), shell_quoted("plan b.yaml"), shell_quoted("a$b")
    ('plan.yaml', '"plan b.yaml"', "'a$b'")
    """
    if not _NEEDS_QUOTES.search(text):
        return text
    return shlex.quote(text) if _SPECIAL_IN_QUOTES.search(text) else f'"{text}"'


@dataclass(frozen=True)
class BaselineResult:
    """How a scenario compares with its baseline."""

    outcome: str
    """`passed`, `regression`, `inconclusive`, `missing` (also: unreadable)."""
    scope: str
    """What was compared, in a sentence."""
    differences: tuple[str, ...] = ()
    """What differs, one line each, the most important first."""

    @property
    def word(self) -> str:
        """The outcome as a check reports it: `no baseline` for `missing`."""
        return "no baseline" if self.outcome == "missing" else self.outcome


@dataclass(frozen=True)
class CheckResult:
    """The result of checking one scenario file."""

    file: str
    """As the person named it, with forward slashes."""
    name: str
    seed: int | None = None
    """None if the scenario could not be read."""
    replications: int = 1
    devices: int = 0
    """At the horizon, in the first replication."""
    expectations: tuple[ExpectationResult, ...] = ()
    """In the order of `expect:`."""
    lines: tuple[int, ...] = ()
    """The line of the file on which each expectation is."""
    log_digest: str = ""
    """Of the first event log; empty if nothing was simulated."""
    problems: tuple[Problem, ...] = ()
    """Why the scenario cannot be used; then nothing was judged."""
    baseline: BaselineResult | None = None
    """None if it was not compared with one."""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """The notes on expectations that probably do not ask what their author wants to know."""

    @property
    def outcome(self) -> str:
        """The worst outcome: `unusable`, `failed`, `regression`, `no baseline`, `inconclusive`,
        `warned` or `passed`; `not run` if nothing was simulated.

        Expectations that only report (`report_only`) do not count.
        """
        if self.problems:
            return "unusable"
        if not (self.log_digest or self.expectations or self.baseline):
            return "not run"
        outcomes = {
            expectation.outcome for expectation in self.expectations if not expectation.report_only
        }
        outcomes.add(self.baseline.word if self.baseline else "passed")
        return next(outcome for outcome in _WORST_FIRST if outcome in outcomes)

    def replay(self, expectation: ExpectationResult | None = None) -> str:
        """Return the command that replays what decided an expectation, or the whole scenario.

        Empty if the scenario could not be read.
        """
        if self.seed is None:
            return ""
        command = replay_command(self.file, self.seed)
        if expectation is None or expectation.of == 1 or expectation.held is None:
            return command
        return f"{command} {one_alone(self.file, self.seed, expectation.replication)}"


_WORST_FIRST = (
    "failed",
    "regression",
    "no baseline",
    "inconclusive",
    "warned",
    "passed",
    "not run",
)


def worst(results: Sequence[CheckResult]) -> str:
    """Return the worst outcome of all, in the order in which exit codes are chosen.

    `not run` counts only if no scenario was run.
    """
    outcomes = {result.outcome for result in results}
    return next(
        (outcome for outcome in ("unusable", *_WORST_FIRST) if outcome in outcomes), "not run"
    )
