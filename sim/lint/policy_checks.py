"""Policies: which procedure a deployment needs, which policies contradict each other, secrets."""

from collections.abc import Iterator
from typing import Literal

from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import other_runs
from sim.lint.rehearsal import Procedure
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.scenario.steps import SetWorkspace
from sim.scenario.values import FromEnvironment, WorkspaceValue
from sim.scenario.workspace import MAX_NAME_SHOWN, workspace_condition
from sim.text.numbers import join_words, plural

Field = Literal["id", "key"]


def procedures(analysis: Analysis) -> Iterator[Finding]:
    """Yield which procedure each onboarding deployment needs, and what is missing (COL-1)."""
    for one in analysis.witness.procedures:
        yield _procedure(analysis, one)


def _procedure(analysis: Analysis, one: Procedure) -> Finding:
    loc, deployed = analysis.steps[one.step].loc, f"{one.policy} to {join_words(one.collections)}"
    if not one.on_mma:
        what = f"{deployed} needs the procedure of the MDE client: no member takes the MMA route"
        return analysis.find("LNT-301", loc, what, "nothing is missing")
    needs = (
        f"{deployed} needs the procedure with workspace ID and key:"
        f" {plural(len(one.on_mma), 'member takes', 'members take')} the MMA route"
    )
    if one.workspace == "present":
        return analysis.find("LNT-301", loc, needs, "nothing is missing", devices=one.on_mma)
    missing = {"missing": "ID and key are not both there", "swapped": "ID and key are swapped"}
    said = missing.get(one.workspace, "ID or key is wrong")
    servers = any(analysis.devices[n].os in DOWN_LEVEL_SERVERS for n in one.on_mma)
    advice = "enter ID and key of the workspace in the policy before it is deployed"
    advice += ", or choose the MDE client in the servers' client setting" if servers else ""
    return analysis.find("LNT-302", loc, f"{needs}, and {said}", advice, devices=one.on_mma)


def overlapping_policies(analysis: Analysis) -> Iterator[Finding]:
    """Yield policies that reach the same devices at one time (POL-5)."""
    kinds = {policy.name: policy.kind for policy in analysis.scenario.policies}
    for (first, second), overlap in analysis.witness.overlaps.items():
        loc, count = analysis.steps[overlap.step].loc, plural(len(overlap.devices), "device")
        if kinds[first] == kinds[second]:
            id = "LNT-304"
            what = f"{first} and {second} reach the same {count}: {first} rules, as it came first"
            advice = "exclude the collection of one from that of the other, or undeploy"
            advice += f" {first}"
        else:
            id = "LNT-303" if other_runs(analysis).is_certain_overlap(overlap) else "LNT-308"
            what = f"{first} and {second} want the opposite of {count}, which keep their state"
            advice = f"undeploy {first} there first, or exclude the collection of one from the"
            advice += " other's"
        yield analysis.find(id, loc, what, advice, cause="policy_conflict", devices=overlap.devices)


_FORMS: dict[Field, str] = {"id": "a GUID", "key": "a Base64 text of 40 letters or more"}
_WORDS: dict[Field, str] = {"id": "ID", "key": "key"}


def workspace_values(analysis: Analysis) -> Iterator[Finding]:
    """Yield values that look swapped, have the wrong form, or are not there (MMA-4, POL-3).

    Their form alone is judged; the values are never shown.
    """
    for loc, field, value in _places(analysis):
        if not isinstance(value, FromEnvironment):
            continue
        name = value.env if len(value.env) <= MAX_NAME_SHOWN else "that is named here"
        subject, word = f"the environment variable {name}", _WORDS[field]
        found = workspace_condition(value, field, analysis.environment)
        if value.env not in analysis.environment:
            what = f"{subject} is not set, so nothing is known of the {word}"
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
    for number, step in enumerate(analysis.scenario.plan):
        if isinstance(step, SetWorkspace):
            yield ("plan", number, "id"), "id", step.id
            yield ("plan", number, "key"), "key", step.key
