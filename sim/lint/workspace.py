"""What lint knows of workspace values: their condition, never the values (POL-3, MMA-2, MMA-4).

A variable of the environment is looked at, judged and forgotten. One that is not set leaves the
condition unknown: a run would refuse it, and nothing certain follows.
"""

import re
from collections.abc import Mapping
from typing import Literal

from sim.scenario.model import FromEnvironment, Policy, WorkspaceValue

Field = Literal["id", "key"]

UNKNOWN = "unknown"
"""The condition of a value whose environment variable is not set."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEY = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")

_WORDS = (("absent", "missing"), ("swapped", "swapped"), ("wrong", "wrong"))


def condition(value: WorkspaceValue, field: Field, environment: Mapping[str, str]) -> str:
    """Return `present`, `absent`, `wrong`, `swapped` or `unknown` for one workspace value.

    A value from the environment is `swapped` when it has the form of the other field; an empty
    variable counts as absent.
    """
    if not isinstance(value, FromEnvironment):
        return value
    if value.env not in environment:
        return UNKNOWN
    secret = environment[value.env].strip()
    if not secret:
        return "absent"
    own, other = (_GUID, _KEY) if field == "id" else (_KEY, _GUID)
    if own.fullmatch(secret):
        return "present"
    return "swapped" if other.fullmatch(secret) else "wrong"


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
