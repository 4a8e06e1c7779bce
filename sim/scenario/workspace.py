"""From what a scenario says of workspace values to what the site knows of them.

A secret named by an environment variable is looked at here, judged, and forgotten: only the
judgement (`present`, `wrong`, `swapped`) goes on (POL-3, MMA-4).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from sim.errors import Problem, UnusableInput
from sim.scenario.model import Policy, Scenario
from sim.scenario.values import FromEnvironment, WorkspaceValue

WorkspaceState = tuple[str, str]
"""Condition of the workspace ID and of the key: `present`, `absent`, `wrong` or `swapped`."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LONGEST_NAME_SHOWN = 32
_KEY = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def workspace_states(
    scenario: Scenario, environment: Mapping[str, str]
) -> dict[str, WorkspaceState]:
    """Return the condition of each policy's workspace values at the start."""
    return {policy.name: _state(policy, environment) for policy in scenario.policies}


def _state(policy: Policy, environment: Mapping[str, str]) -> WorkspaceState:
    if policy.workspace == "swapped":
        return ("swapped", "swapped")
    return (
        workspace_condition(policy.workspace.id, "id", environment),
        workspace_condition(policy.workspace.key, "key", environment),
    )


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
    own, other = (_GUID, _KEY) if field == "id" else (_KEY, _GUID)
    if own.fullmatch(secret):
        return "present"
    return "swapped" if other.fullmatch(secret) else "wrong"


def missing_variables(scenario: Scenario, environment: Mapping[str, str]) -> None:
    """Refuse a scenario that names environment variables which are not set.

    Raises UnusableInput with one problem for each variable; never shows a value.
    """
    problems = [
        Problem(
            f"the environment variable {_shown(value.env)} is not set",
            path=where,
            expected="set it before the run, or write present, absent or wrong instead",
        )
        for where, value in _variables(scenario)
        if value.env not in environment
    ]
    if problems:
        raise UnusableInput(problems)


def variable_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the environment variables that a scenario asks for, in order."""
    return tuple(dict.fromkeys(value.env for _, value in _variables(scenario)))


def _variables(scenario: Scenario) -> Iterator[tuple[str, FromEnvironment]]:
    """Yield where a variable of the environment is named, and the variable."""
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


def _shown(name: str) -> str:
    """Return a variable's name, unless it is so long that it may be a secret itself (POL-3)."""
    return name if len(name) <= LONGEST_NAME_SHOWN else "that is named here"
