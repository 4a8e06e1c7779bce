"""Workspace values from the environment: their form alone is judged, they are never shown."""

from collections.abc import Iterator

from sim.lint.finding import Finding
from sim.lint.survey import Loc, Survey
from sim.lint.workspace import UNKNOWN, Field, condition
from sim.scenario.steps import SetWorkspace
from sim.scenario.values import FromEnvironment, WorkspaceValue

LONGEST_NAME_SHOWN = 32
"""A variable's name that is longer may be a secret itself (POL-3)."""

_FORMS: dict[Field, str] = {"id": "a GUID", "key": "a Base64 text of 40 letters or more"}


def workspace_values(survey: Survey) -> Iterator[Finding]:
    """Yield values that look swapped, have the wrong form, or are not there (MMA-4, POL-3)."""
    for loc, field, value in _places(survey):
        if not isinstance(value, FromEnvironment):
            continue
        found = condition(value, field, survey.ground.environment)
        name = value.env if len(value.env) <= LONGEST_NAME_SHOWN else "that is named here"
        subject = f"the environment variable {name}"
        if found == "swapped":
            other = "key" if field == "id" else "ID"
            what = f"{subject} looks like the workspace {other}, not like the {_word(field)}"
            yield survey.find("LNT-305", loc, what, "put each value into its own field")
        elif found == "wrong":
            what = f"{subject} does not look like a workspace {_word(field)}"
            yield survey.find("LNT-306", loc, what, f"copy it again: it is {_FORMS[field]}")
        elif found == UNKNOWN:
            what = f"{subject} is not set, so nothing is known of the {_word(field)}"
            advice = "set it before the run, or write present, absent or wrong instead"
            yield survey.find("LNT-307", loc, what, advice)


def _word(field: Field) -> str:
    return "ID" if field == "id" else "key"


def _places(survey: Survey) -> Iterator[tuple[Loc, Field, WorkspaceValue | None]]:
    for number, policy in enumerate(survey.scenario.policies):
        if policy.workspace != "swapped":
            yield ("policies", number, "workspace", "id"), "id", policy.workspace.id
            yield ("policies", number, "workspace", "key"), "key", policy.workspace.key
    for number, step in enumerate(survey.scenario.plan):
        if isinstance(step, SetWorkspace):
            yield ("plan", number, "id"), "id", step.id
            yield ("plan", number, "key"), "key", step.key
