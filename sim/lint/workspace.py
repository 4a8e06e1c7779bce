"""What lint knows of workspace values: their condition, never the values (POL-3, MMA-2, MMA-4).

A variable of the environment is looked at, judged and forgotten. One that is not set leaves the
condition unknown: a run would refuse it, and nothing certain follows.
"""

from collections.abc import Mapping
from typing import Literal

from sim.scenario.model import Policy
from sim.scenario.values import FromEnvironment, WorkspaceValue
from sim.scenario.workspace import workspace_condition as condition_in_a_run

Field = Literal["id", "key"]

UNKNOWN = "unknown"
"""The condition of a value whose environment variable is not set."""

_WORDS = (("absent", "missing"), ("swapped", "swapped"), ("wrong", "wrong"))


def condition(value: WorkspaceValue, field: Field, environment: Mapping[str, str]) -> str:
    """Return `present`, `absent`, `wrong`, `swapped` or `unknown` for one workspace value."""
    if isinstance(value, FromEnvironment) and value.env not in environment:
        return UNKNOWN
    return condition_in_a_run(value, field, environment)


def first_conditions(policy: Policy, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the condition of a policy's ID and key at the start."""
    if policy.workspace == "swapped":
        return "swapped", "swapped"
    return (
        condition(policy.workspace.id, "id", environment),
        condition(policy.workspace.key, "key", environment),
    )


def together(identifier: str, key: str) -> tuple[str, ...]:
    """Return what both values together may mean: `present`, `missing`, `swapped` or `wrong`.

    >>> together("present", "absent"), together("present", "present")
    (('missing',), ('present',))
    """
    if UNKNOWN in (identifier, key):
        return ("present", "missing", "swapped", "wrong")
    for word, meaning in _WORDS:
        if word in (identifier, key):
            return (meaning,)
    return ("present",)
