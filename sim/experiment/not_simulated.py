"""What the scenario language accepts and this version does not simulate yet.

Such a scenario is refused by name before anything runs; it is never silently run without the part.
"""

from sim.errors import NotSimulated
from sim.scenario.loader import Loaded
from sim.scenario.model import Scenario

UNUSED_ASSUMPTIONS = ("managed_conflict_share",)
"""Assumptions that nothing asks for yet: a scenario may override them, and is told so."""


def refuse_scenario(loaded: Loaded) -> None:
    """Raise NotSimulated for more than one replication."""
    if loaded.scenario.replications > 1:
        what = "more than one replication is not simulated yet"
        expected = "leave replications out, or write 1"
        raise NotSimulated([loaded.lines.problem(("replications",), what, expected)])


def unused_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Return the assumptions that a scenario overrides in vain."""
    return tuple(name for name in UNUSED_ASSUMPTIONS if name in scenario.assumptions)
