"""A new payload: every step of the page's order, and what undoes it on the way (UPD-4, UPD-5)."""

from collections.abc import Iterator

from sim.language.tree import Condition, series_in
from sim.lint.analysis import Analysis, Loc, PlannedStep
from sim.lint.catalogue import MIGRATION_ORDER, Finding
from sim.scenario.steps import (
    Deploy,
    Include,
    RemoveCollection,
    RemoveScript,
    RunScript,
    Update,
)
from sim.text.numbers import join_words, plural

_SCRIPT_MEASURES = ("script_succeeded", "script_succeeded_pct")
_PAYLOAD_MEASURES = ("payload_in_use", "payload_in_use_pct", "payload_pending")


class _Migration:
    """The steps of a plan that bring one new payload to devices that are onboarded.

    Steps that never come count too: the plan contains them.
    """

    def __init__(self, analysis: Analysis, payload: str) -> None:
        packages, policies = analysis.packages, analysis.policies
        self.existing = {
            name
            for _, deploy in analysis.steps_of(Deploy)
            if policies[deploy.deploy].kind == "onboarding"
            for name in deploy.to
        }
        """The collections that onboarding policies are deployed to."""
        scripts = [
            (step, script)
            for step, script in analysis.steps_of(RunScript)
            if packages[script.run_script].payload_name == payload
        ]
        tries = [(step, script) for step, script in scripts if {*script.on} - self.existing]
        self.tries = [step for step, _ in tries]
        """The steps that run the script on a validation collection."""
        self.roll_outs = [step for step, script in scripts if {*script.on} & self.existing]
        self.updates = [
            step
            for step, update in analysis.steps_of(Update)
            if packages[update.package].payload_name == payload
        ]
        names = {script.run_script for _, script in scripts}
        removals = analysis.steps_of(RemoveScript)
        self.removals = [(step, end) for step, end in removals if end.remove_script in names]
        tried = {name for _, script in tries for name in script.on}
        removed = {step.remove_collection for _, step in analysis.steps_of(RemoveCollection)}
        included = {step.include for _, step in analysis.steps_of(Include)}
        self.ends_validation = bool(tried & (removed | included))
        first = min(step.number for step in (*self.tries, *self.roll_outs, *self.updates))
        self.loc: Loc = ("plan", first)


def _validates(condition: Condition) -> bool:
    wanted = (*_SCRIPT_MEASURES, *_PAYLOAD_MEASURES)
    return any(series.measure in wanted for series in series_in(condition))


def migrations(analysis: Analysis) -> Iterator[Finding]:
    """Yield the steps of each migration that are missing or out of order (UPD-5)."""
    names = [
        script.run_script
        for _, script in analysis.steps_of(RunScript)
        if _others_in_use(analysis, analysis.packages[script.run_script].payload_name)
    ]
    for _, update in analysis.steps_of(Update):
        if analysis.policies[update.update].kind == "onboarding":
            names.append(update.package)
    for payload in dict.fromkeys(analysis.packages[name].payload_name for name in names):
        migration = _Migration(analysis, payload)
        for missing in _missing(analysis, migration):
            what = f"the migration to payload {payload} has no step for: {missing}"
            yield analysis.find("LNT-501", migration.loc, what, f"add it; {MIGRATION_ORDER}")
        for step, what in _out_of_order(migration):
            yield analysis.find(
                "LNT-502", ("plan", step.number), f'"{step.name}" {what}', MIGRATION_ORDER
            )


def _others_in_use(analysis: Analysis, payload: str) -> bool:
    """Say whether the plan or the fleet has another payload, from which a script can move."""
    payloads = {device.payload for device in analysis.devices if device.onboarded}
    for _, deploy in analysis.steps_of(Deploy):
        policy = analysis.policies[deploy.deploy]
        if policy.kind == "onboarding":
            payloads.add(analysis.packages[policy.package].payload_name)
    return bool(payloads - {payload})


def _missing(analysis: Analysis, migration: _Migration) -> Iterator[str]:
    tries, updates, existing = migration.tries, migration.updates, migration.existing
    gates, expectations = analysis.conditions.gates, analysis.conditions.expectations
    before = gates.keys() & {step.number for step in updates}
    if not tries:
        yield "the script on a validation collection"
    if not updates and existing:
        yield "the update of the onboarding policy"
    if tries and updates and not any(_validates(gates[number]) for number in before):
        yield "a gate that validates the payload before the policy is updated"
    if not migration.roll_outs and existing:
        yield "the script on the existing collection"
    if not any(map(_validates, (*gates.values(), *expectations))):
        yield "the validation of the payload at the end"
    if not migration.removals:
        yield "the removal of the script"
    if tries and existing and not migration.ends_validation:
        yield "the removal of the validation collection"


def _out_of_order(migration: _Migration) -> Iterator[tuple[PlannedStep, str]]:
    tries, updates, roll_outs = migration.tries, migration.updates, migration.roll_outs
    for step in updates:
        if tries and all(_comes_before(step, other) for other in tries):
            yield step, "updates the policy before the payload is validated"
    for step in roll_outs:
        if updates and all(_comes_before(step, other) for other in updates):
            yield step, "runs the script on the existing collection before the policy is updated"
    for step, removal in migration.removals:
        is_early = any(_comes_before(step, other) for other in roll_outs)
        if not roll_outs or (is_early and migration.existing & {*removal.from_}):
            yield step, "removes the script before it has run on the existing collection"


def _comes_before(step: PlannedStep, other: PlannedStep) -> bool:
    """Say whether a step came before another, which may not have come at all."""
    if step.came is None:
        return False
    return other.came is None or (step.came, step.number) < (other.came, other.number)


def reverted_payloads(analysis: Analysis) -> Iterator[Finding]:
    """Yield scripts on devices that a policy with another payload still targets (UPD-4)."""
    if not analysis.scenario.rules.drift_reverted:
        return
    for revert in analysis.witness.reverts:
        reach = revert.reach
        count = plural(len(revert.devices), "device")
        what = f"{join_words(revert.policies)} still targets {count} of"
        what += f" {reach.collection} with another payload and undoes what {reach.what} writes"
        advice = f"exclude {reach.collection} from the policy's collection before the script runs"
        loc = analysis.steps[reach.step].loc
        yield analysis.find("LNT-503", loc, what, advice, devices=revert.devices)


def half_validations(analysis: Analysis) -> Iterator[Finding]:
    """Yield gates that check only the script or only the payload (UPD-10)."""
    if not analysis.steps_of(RunScript):
        return
    for number, gate in analysis.conditions.gates.items():
        measures = {series.measure for series in series_in(gate)}
        has_script = not measures.isdisjoint(_SCRIPT_MEASURES)
        if has_script != measures.isdisjoint(_PAYLOAD_MEASURES):
            continue
        checked = "that the script succeeded" if has_script else "that the payload is in use"
        other = "payload_in_use_pct" if has_script else "script_succeeded_pct"
        what, advice = f"the gate checks only {checked}", f"add {other}: after a migration both"
        advice += " must be true"
        yield analysis.find("LNT-504", ("plan", number, "when"), what, advice)
