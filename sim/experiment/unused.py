"""What a scenario may say and nothing asks for: it is told so, never silently left out."""

from sim.scenario.model import Scenario

UNUSED_ASSUMPTIONS = ("managed_conflict_share",)
"""Assumptions that nothing asks for yet: a scenario may override them."""


def unused_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Return the assumptions that a scenario overrides in vain."""
    return tuple(name for name in UNUSED_ASSUMPTIONS if name in scenario.assumptions)
