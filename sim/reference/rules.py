"""Every rule the simulation obeys, by id: what `fleetsim rules` lists and `explain` tells."""

from sim.errors import UnknownRule, nearest
from sim.reference.rule import Rule
from sim.reference.rules_of_operation import OPERATION_RULES
from sim.reference.rules_of_routes import ROUTE_RULES

__all__ = ["RULES", "Rule", "rule"]

RULES: dict[str, Rule] = {entry.id: entry for entry in ROUTE_RULES + OPERATION_RULES}
"""Every rule by id, in the order in which a rollout meets them."""


def rule(id: str) -> Rule:
    """Return the rule of an id such as `DWN-5`, whatever its case.

    Raises UnknownRule, with the nearest known id, when the table has no such rule.
    """
    found = RULES.get(id.strip().upper())
    if found is None:
        near = nearest(id, list(RULES))
        hint = f'; did you mean "{near}"?' if near else "; `fleetsim rules` lists them all"
        raise UnknownRule(f'no rule "{id}"{hint}')
    return found
