"""A new payload: every step of the page's order, and what undoes it on the way (UPD-4, UPD-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from sim.language.tree import Condition, series_in
from sim.lint.analysis import Analysis, Loc, PlannedStep
from sim.lint.catalogue import Finding
from sim.scenario.model import Package
from sim.scenario.steps import (
    Deploy,
    Include,
    RemoveCollection,
    RemoveScript,
    RunScript,
    Step,
    Update,
)
from sim.text.numbers import join_words, plural

_SCRIPT_MEASURES = ("script_succeeded", "script_succeeded_pct")
_PAYLOAD_MEASURES = ("payload_in_use", "payload_in_use_pct", "payload_pending")

_ORDER = (
    "the page's order: script to an excluded validation collection, validate, update the policy,"
    " script to the existing collection, validate, remove script and validation collection"
)


@dataclass(frozen=True)
class _Migration:
    """The steps of a plan that bring one new payload to devices that are onboarded.

    Steps that never come belong to it too: they are meant.
    """

    analysis: Analysis
    payload: str

    @cached_property
    def existing(self) -> frozenset[str]:
        """The collections that onboarding policies are deployed to."""
        kinds = {policy.name: policy.kind for policy in self.analysis.scenario.policies}
        deploys = [one.step for one in self.analysis.steps if isinstance(one.step, Deploy)]
        aimed = [step.to for step in deploys if kinds[step.deploy] == "onboarding"]
        return frozenset(name for names in aimed for name in names)

    @cached_property
    def scripts(self) -> list[PlannedStep]:
        """The steps that run the script."""
        return [
            one for one in self.analysis.steps if _payload_of(self.analysis, one) == self.payload
        ]

    def to_validation(self) -> list[PlannedStep]:
        """The script on collections that no onboarding policy is deployed to."""
        return [one for one in self.scripts if set(_targets(one)) - self.existing]

    def to_existing(self) -> list[PlannedStep]:
        """The script on the collections of the onboarding policies."""
        return [one for one in self.scripts if set(_targets(one)) & self.existing]

    def updates(self) -> list[PlannedStep]:
        """The steps that give a policy the new payload."""
        packages = _packages(self.analysis)
        return [
            one
            for one in self.analysis.steps
            if isinstance(one.step, Update)
            and packages[one.step.package].payload_name == self.payload
        ]

    def clean_ups(self) -> list[PlannedStep]:
        """The steps that remove the script."""
        names = {one.step.run_script for one in self.scripts if _is_script(one.step)}
        return [
            one
            for one in self.analysis.steps
            if isinstance(one.step, RemoveScript) and one.step.remove_script in names
        ]

    def lets_go(self) -> bool:
        """Say whether the validation collection is removed, or included again."""
        validation = {name for one in self.to_validation() for name in _targets(one)}
        return any(
            (isinstance(one.step, RemoveCollection) and one.step.remove_collection in validation)
            or (isinstance(one.step, Include) and one.step.include in validation)
            for one in self.analysis.steps
        )

    def validates(self, before: PlannedStep | None) -> bool:
        """Say whether anything asks after the payload: the gate of a step, or any at the end."""
        conditions = self.analysis.conditions
        if before is not None:
            gate = conditions.gates.get(before.number)
            return gate is not None and _asks(gate)
        return any(map(_asks, (*conditions.gates.values(), *conditions.expectations)))

    def loc(self) -> Loc:
        """Where the migration begins in the plan."""
        return "plan", min(one.number for one in (*self.scripts, *self.updates()))


def _packages(analysis: Analysis) -> dict[str, Package]:
    return {package.name: package for package in analysis.scenario.packages}


def _is_script(step: Step) -> TypeGuard[RunScript]:
    return isinstance(step, RunScript)


def _targets(coming: PlannedStep) -> tuple[str, ...]:
    return coming.step.on if _is_script(coming.step) else ()


def _payload_of(analysis: Analysis, coming: PlannedStep) -> str | None:
    step = coming.step
    return _packages(analysis)[step.run_script].payload_name if _is_script(step) else None


def _asks(condition: Condition) -> bool:
    wanted = (*_SCRIPT_MEASURES, *_PAYLOAD_MEASURES)
    return any(one.measure in wanted for one in series_in(condition))


def migrations(analysis: Analysis) -> Iterator[Finding]:
    """Yield the steps of each migration that are missing or out of order (UPD-5)."""
    packages = _packages(analysis)
    kinds = {policy.name: policy.kind for policy in analysis.scenario.policies}
    payloads = [payload for one in analysis.steps if (payload := _payload_of(analysis, one))]
    for one in analysis.steps:
        step = one.step
        if isinstance(step, Update) and kinds[step.update] == "onboarding":
            payloads.append(packages[step.package].payload_name)
    for payload in dict.fromkeys(payloads):
        migration = _Migration(analysis, payload)
        for missing in _missing(migration):
            what = f"the migration to the payload {payload} lacks a step: {missing}"
            yield analysis.find("LNT-501", migration.loc(), what, f"add it; {_ORDER}")
        for number, what in _out_of_order(migration):
            yield analysis.find("LNT-502", ("plan", number), what, _ORDER)


def _missing(migration: _Migration) -> Iterator[str]:
    tries, updates = migration.to_validation(), migration.updates()
    if not tries:
        yield "the script on a validation collection"
    if not updates and migration.existing:
        yield "the update of the onboarding policy"
    if tries and updates and not any(map(migration.validates, updates)):
        yield "a gate that validates the payload before the policy is updated"
    if not migration.to_existing() and migration.existing:
        yield "the script on the existing collection"
    if not migration.validates(None):
        yield "the validation of the payload in the end"
    if not migration.clean_ups():
        yield "the removal of the script"
    if tries and migration.existing and not migration.lets_go():
        yield "the removal of the validation collection"


def _out_of_order(migration: _Migration) -> Iterator[tuple[int, str]]:
    tries, updates = migration.to_validation(), migration.updates()
    roll_outs = migration.to_existing()
    for one in updates:
        if tries and all(_comes_before(one, other) for other in tries):
            yield one.number, f"{one.name} updates the policy before the payload was tried"
    for one in roll_outs:
        if updates and all(_comes_before(one, other) for other in updates):
            yield one.number, f"{one.name} runs the script on everybody before the update"
    for one in migration.clean_ups():
        assert isinstance(one.step, RemoveScript)
        early = migration.existing & {*one.step.from_} and any(
            _comes_before(one, other) for other in roll_outs
        )
        if early or not roll_outs:
            yield one.number, f"{one.name} removes the script before it ran on everybody"


def _comes_before(one: PlannedStep, other: PlannedStep) -> bool:
    """Say whether a step came before another, which may not have come at all."""
    if one.came is None:
        return False
    return other.came is None or (one.came, one.number) < (other.came, other.number)


def reverted_payloads(analysis: Analysis) -> Iterator[Finding]:
    """Yield scripts on devices that a policy with another payload still reaches (UPD-4)."""
    if not analysis.scenario.rules.drift_reverted:
        return
    for revert in analysis.witness.reverts:
        reach = revert.reach
        count = plural(len(revert.devices), "device")
        what = f"{join_words(revert.policies)} still reaches {count} of"
        what += f" {reach.collection} with another payload and takes back what {reach.what} writes"
        advice = f"exclude {reach.collection} from the policy's collection before the script runs"
        loc = analysis.steps[reach.step].loc
        yield analysis.find("LNT-503", loc, what, advice, devices=revert.devices)


def half_validations(analysis: Analysis) -> Iterator[Finding]:
    """Yield gates that ask only for the script or only for the payload (UPD-10)."""
    if not any(_is_script(step) for step in analysis.scenario.plan):
        return
    for number, gate in analysis.conditions.gates.items():
        measures = {one.measure for one in series_in(gate)}
        asks_script = bool(measures & {*_SCRIPT_MEASURES})
        asks_payload = bool(measures & {*_PAYLOAD_MEASURES})
        if asks_script != asks_payload:
            asked = "that the script succeeded" if asks_script else "that the payload is in use"
            left = "payload_in_use_pct" if asks_script else "script_succeeded_pct"
            yield analysis.find(
                "LNT-504",
                ("plan", number, "when"),
                f"the gate asks only {asked}",
                f"ask for {left} too: after a migration both must hold",
            )
