"""What the scenario language accepts and this version does not simulate yet.

Such a scenario is refused by name before anything runs; it is never silently run without the part.
The README lists the same; the list shrinks to nothing.
"""

from collections.abc import Iterator, Mapping

from sim.errors import NotSimulated
from sim.scenario.loader import Loaded
from sim.scenario.model import STEP_KINDS, Scenario, step_verb

SIMULATED_STEPS = (
    *("deploy", "undeploy", "set_workspace", "set_client_setting"),
    *("pause", "resume", "patch", "restart", "run_script", "remove_script"),
)

REFUSED_PARTS: Mapping[str, str] = {
    "replications": "more than one replication",
    **{verb: f"the step {verb}" for verb in STEP_KINDS if verb not in SIMULATED_STEPS},
}
"""Every part of a scenario that is refused: its key and what a person calls it."""

UNUSED_ASSUMPTIONS = ("managed_conflict_share",)
"""Assumptions that nothing asks for yet: a scenario may override them, and is told so."""


def refuse_scenario(loaded: Loaded) -> None:
    """Raise NotSimulated with one problem for each part that is not simulated yet."""
    problems = [
        loaded.lines.problem(loc, f"{REFUSED_PARTS[str(loc[-1])]} is not simulated yet", expected)
        for loc, expected in _parts(loaded.scenario)
    ]
    if problems:
        raise NotSimulated(problems)


_Loc = tuple[str | int, ...]


def _parts(scenario: Scenario) -> Iterator[tuple[_Loc, str]]:
    """Yield the place of each refused part, and what to write instead."""
    if scenario.replications > 1:
        yield ("replications",), "leave replications out, or write 1"
    yield from _steps(scenario)


def _steps(scenario: Scenario) -> Iterator[tuple[_Loc, str]]:
    expected = f"one of {', '.join(SIMULATED_STEPS)}"
    for number, step in enumerate(scenario.plan):
        verb = step_verb(step) or ""
        if verb not in SIMULATED_STEPS:
            yield ("plan", number, verb), expected


def unused_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Return the assumptions that a scenario overrides in vain."""
    return tuple(name for name in UNUSED_ASSUMPTIONS if name in scenario.assumptions)


def not_simulated_steps() -> tuple[str, ...]:
    """Return the plan steps that the language knows and this version refuses."""
    return tuple(verb for verb in STEP_KINDS if verb not in SIMULATED_STEPS)
