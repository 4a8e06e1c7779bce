"""Policies: which procedure a deployment needs, which policies contradict each other, secrets."""

from collections.abc import Iterator
from typing import Literal

from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import other_runs
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.scenario.steps import SetWorkspace
from sim.scenario.values import FromEnvironment, WorkspaceValue
from sim.scenario.workspace import MAX_NAME_SHOWN, workspace_condition
from sim.text.numbers import join_words, plural

Field = Literal["id", "key"]


def procedures(analysis: Analysis) -> Iterator[Finding]:
    """Yield which procedure each onboarding deployment needs, and what is missing (COL-1)."""
    missing = {
        "missing": "the ID or the key is missing",
        "swapped": "the ID and the key are swapped",
        "wrong": "the ID or the key is wrong",
    }
    for needed in analysis.witness.procedures:
        id, loc, advice = "LNT-301", analysis.steps[needed.step].loc, "nothing is missing"
        what, on_mma = f"{needed.policy} to {join_words(needed.collections)}", needed.on_mma
        if not on_mma:
            what += " needs the procedure of the MDE client: no member takes the MMA route"
        else:
            what += " needs the procedure with workspace ID and key:"
            what += f" {plural(len(on_mma), 'member takes', 'members take')} the MMA route"
        if on_mma and needed.workspace != "present":
            id, what = "LNT-302", f"{what}, but {missing[needed.workspace]}"
            advice = "enter the workspace ID and key in the policy before you deploy it"
            if any(analysis.devices[number].os in DOWN_LEVEL_SERVERS for number in on_mma):
                advice += ", or choose the MDE client in the servers' client setting"
        yield analysis.find(id, loc, what, advice, devices=on_mma)


def overlapping_policies(analysis: Analysis) -> Iterator[Finding]:
    """Yield policies that target the same devices at one time (POL-5)."""
    for (first, second), overlap in analysis.witness.overlaps.items():
        loc, count = analysis.steps[overlap.step].loc, plural(len(overlap.devices), "device")
        if analysis.policies[first].kind == analysis.policies[second].kind:
            id, what = "LNT-304", f"{first} and {second} target the same {count}: {first} applies,"
            what += " because it came first"
            advice = f"exclude the collection of one from that of the other, or undeploy {first}"
        else:
            id = "LNT-303" if other_runs(analysis).is_certain_overlap(overlap) else "LNT-308"
            what = f"{first} and {second} are opposites and both target {count}, which keep their"
            what += " state"
            advice = f"undeploy {first} there first, or exclude the collection of one from the"
            advice += " other's"
        yield analysis.find(id, loc, what, advice, cause="policy_conflict", devices=overlap.devices)


_FORMS: dict[Field, str] = {"id": "a GUID", "key": "a Base64 text of 40 letters or more"}
_WORDS: dict[Field, str] = {"id": "ID", "key": "key"}


def workspace_values(analysis: Analysis) -> Iterator[Finding]:
    """Yield values that look swapped, have the wrong form, or are missing (MMA-4, POL-3).

    Only their form is checked; the values are never shown.
    """
    for loc, field, value in _places(analysis):
        if not isinstance(value, FromEnvironment):
            continue
        name = value.env if len(value.env) <= MAX_NAME_SHOWN else "that is named here"
        subject, word = f"the environment variable {name}", _WORDS[field]
        found = workspace_condition(value, field, analysis.environment)
        if value.env not in analysis.environment:
            what = f"{subject} is not set, so the {word} cannot be checked"
            advice = "set it before the run, or write present, absent or wrong instead"
            yield analysis.find("LNT-307", loc, what, advice)
        elif found == "swapped":
            other = "key" if field == "id" else "ID"
            what = f"{subject} looks like the workspace {other}, not like the {word}"
            yield analysis.find("LNT-305", loc, what, "put each value into its own field")
        elif found == "wrong":
            what = f"{subject} does not look like a workspace {word}"
            yield analysis.find("LNT-306", loc, what, f"copy it again: it is {_FORMS[field]}")


def _places(analysis: Analysis) -> Iterator[tuple[Loc, Field, WorkspaceValue | None]]:
    for number, policy in enumerate(analysis.scenario.policies):
        if policy.workspace != "swapped":
            yield ("policies", number, "workspace", "id"), "id", policy.workspace.id
            yield ("policies", number, "workspace", "key"), "key", policy.workspace.key
    for planned, step in analysis.steps_of(SetWorkspace):
        yield ("plan", planned.number, "id"), "id", step.id
        yield ("plan", planned.number, "key"), "key", step.key
