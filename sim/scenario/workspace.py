"""The state of workspace values, from what a scenario says or from the environment.

A secret in an environment variable is read and checked here, and never stored: only the result
(`present`, `absent`, `wrong` or `swapped`) is used further (POL-3, MMA-4).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from sim.errors import Problem
from sim.scenario.model import Scenario
from sim.scenario.values import FromEnvironment, WorkspaceValue

WorkspaceState = tuple[str, str]
"""The workspace ID and the key, each `present`, `absent`, `wrong` or `swapped`."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_NAME_SHOWN = 32
_KEY = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def workspace_states(
    scenario: Scenario, environment: Mapping[str, str]
) -> dict[str, WorkspaceState]:
    """Return the state of each policy's workspace values at the start."""
    return {
        policy.name: ("swapped", "swapped")
        if policy.workspace == "swapped"
        else (
            workspace_condition(policy.workspace.id, "id", environment),
            workspace_condition(policy.workspace.key, "key", environment),
        )
        for policy in scenario.policies
    }


UNSET = "\0"
"""Stands for an unknown value: no environment variable can contain it."""


def with_unset_values(scenario: Scenario, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment in which each variable that is not set holds a value as it should be.

    For lint, which does not check a value that it does not have.
    """
    return dict.fromkeys(variable_names(scenario), UNSET) | dict(environment)


def workspace_condition(
    value: WorkspaceValue, field: Literal["id", "key"], environment: Mapping[str, str]
) -> str:
    """Return `present`, `absent`, `wrong` or `swapped` for one workspace value.

    A value from the environment is `swapped` when it has the form of the other field. An empty
    variable counts as absent.
    """
    if not isinstance(value, FromEnvironment):
        return value
    secret = environment.get(value.env, "").strip()
    if not secret:
        return "absent"
    if secret == UNSET:
        return "present"
    own, other = (_GUID, _KEY) if field == "id" else (_KEY, _GUID)
    if own.fullmatch(secret):
        return "present"
    return "swapped" if other.fullmatch(secret) else "wrong"


def missing_variables(scenario: Scenario, environment: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each environment variable that is not set; values are never shown."""
    for where, value in _variables(scenario):
        if value.env not in environment:
            is_short = len(value.env) <= MAX_NAME_SHOWN  # a longer one may be a secret (POL-3)
            name = value.env if is_short else "that is named here"
            what = f"the environment variable {name} is not set"
            expected = "set it before the run, or write present, absent or wrong instead"
            yield Problem(what, where, expected)


def variable_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the environment variables that a scenario needs, in order."""
    return tuple(dict.fromkeys(value.env for _, value in _variables(scenario)))


def _variables(scenario: Scenario) -> Iterator[tuple[str, FromEnvironment]]:
    """Yield each environment variable that the scenario names, after its place."""
    places: list[tuple[str, object]] = []
    for policy in scenario.policies:
        if policy.workspace != "swapped":
            where = f"policies[{policy.name}].workspace"
            places += [(f"{where}.id", policy.workspace.id), (f"{where}.key", policy.workspace.key)]
    for number, step in enumerate(scenario.plan):
        places += [(f"plan[{step.name or number}].{key}", value) for key, value in step]
    for where, value in places:
        if isinstance(value, FromEnvironment):
            yield where, value
