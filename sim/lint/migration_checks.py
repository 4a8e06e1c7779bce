"""A new payload: every step of the page's order, and what undoes it on the way (UPD-4, UPD-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from sim.language.tree import Condition, series_in
from sim.lint.changes import meant
from sim.lint.course import Coming
from sim.lint.finding import Finding
from sim.lint.site_history import Aimed
from sim.lint.survey import Loc, Survey
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

    survey: Survey
    payload: str

    @cached_property
    def existing(self) -> frozenset[str]:
        """The collections that onboarding policies are deployed to."""
        kind = self.survey.site.kind
        deploys = [one.step for one in self.survey.comings if isinstance(one.step, Deploy)]
        aimed = [step.to for step in deploys if kind(step.deploy) == "onboarding"]
        return frozenset(name for names in aimed for name in names)

    @cached_property
    def scripts(self) -> list[Coming]:
        """The steps that run the script."""
        return [one for one in self.survey.comings if _payload_of(self.survey, one) == self.payload]

    def to_validation(self) -> list[Coming]:
        """The script on collections that no onboarding policy is deployed to."""
        return [one for one in self.scripts if set(_targets(one)) - self.existing]

    def to_existing(self) -> list[Coming]:
        """The script on the collections of the onboarding policies."""
        return [one for one in self.scripts if set(_targets(one)) & self.existing]

    def updates(self) -> list[Coming]:
        """The steps that give a policy the new payload."""
        packages = self.survey.site.packages
        return [
            one
            for one in self.survey.comings
            if isinstance(one.step, Update)
            and packages[one.step.package].payload_name == self.payload
        ]

    def clean_ups(self) -> list[Coming]:
        """The steps that remove the script."""
        names = {one.step.run_script for one in self.scripts if _is_script(one.step)}
        return [
            one
            for one in self.survey.comings
            if isinstance(one.step, RemoveScript) and one.step.remove_script in names
        ]

    def lets_go(self) -> bool:
        """Say whether the validation collection is removed, or included again."""
        validation = {name for one in self.to_validation() for name in _targets(one)}
        return any(
            (isinstance(one.step, RemoveCollection) and one.step.remove_collection in validation)
            or (isinstance(one.step, Include) and one.step.include in validation)
            for one in self.survey.comings
        )

    def validates(self, before: Coming | None) -> bool:
        """Say whether anything asks after the payload: the gate of a step, or any at the end."""
        conditions = self.survey.conditions
        if before is not None:
            gate = conditions.gates.get(before.number)
            return gate is not None and _asks(gate)
        return any(map(_asks, (*conditions.gates.values(), *conditions.expectations)))

    def loc(self) -> Loc:
        """Where the migration begins in the plan."""
        return "plan", min(one.number for one in (*self.scripts, *self.updates()))


def _is_script(step: Step) -> TypeGuard[RunScript]:
    return isinstance(step, RunScript)


def _targets(coming: Coming) -> tuple[str, ...]:
    return coming.step.on if _is_script(coming.step) else ()


def _payload_of(survey: Survey, coming: Coming) -> str | None:
    step = coming.step
    return survey.site.packages[step.run_script].payload_name if _is_script(step) else None


def _asks(condition: Condition) -> bool:
    wanted = (*_SCRIPT_MEASURES, *_PAYLOAD_MEASURES)
    return any(one.measure in wanted for one in series_in(condition))


def migrations(survey: Survey) -> Iterator[Finding]:
    """Yield the steps of each migration that are missing or out of order (UPD-5)."""
    packages = survey.site.packages
    payloads = [payload for one in survey.comings if (payload := _payload_of(survey, one))]
    for one in survey.comings:
        step = one.step
        if isinstance(step, Update) and survey.site.kind(step.update) == "onboarding":
            payloads.append(packages[step.package].payload_name)
    for payload in dict.fromkeys(payloads):
        migration = _Migration(survey, payload)
        for missing in _missing(migration):
            what = f"the migration to the payload {payload} lacks a step: {missing}"
            yield survey.find("LNT-501", migration.loc(), what, f"add it; {_ORDER}")
        for number, what in _out_of_order(migration):
            yield survey.find("LNT-502", ("plan", number), what, _ORDER)


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


def _comes_before(one: Coming, other: Coming) -> bool:
    """Say whether a step certainly comes before another."""
    if one.latest is None or other.earliest is None:
        return False
    return (one.latest, one.number) < (other.earliest, other.number)


def reverted_payloads(survey: Survey) -> Iterator[Finding]:
    """Yield scripts on devices that a policy with another payload still reaches (UPD-4)."""
    if not survey.scenario.rules.drift_reverted:
        return
    for script in survey.site.scripts:
        payload = survey.site.packages[script.what].payload_name
        members = survey.belonging.meant(script.collection, script.since)
        policies, devices = [], set[int]()
        for one in survey.site.onboarding():
            in_force = one.since <= script.since and (one.ends is None or one.ends > script.since)
            package = meant(survey.site.package_of[one.what], script.since)
            both = members & survey.belonging.meant(one.collection, script.since)
            if in_force and both and package.payload_name != payload:
                policies.append(one.what)
                devices |= both
        if devices:
            yield _reverted(survey, script, policies, devices)


def _reverted(survey: Survey, script: Aimed, policies: list[str], devices: set[int]) -> Finding:
    names = join_words(list(dict.fromkeys(policies)))
    what = f"{names} still reaches {plural(len(devices), 'device')} of {script.collection}"
    what += f" with another payload and takes back what {script.what} writes"
    advice = f"exclude {script.collection} from the policy's collection before the script runs"
    loc: Loc = ("plan", script.coming.number, "run_script")
    return survey.find("LNT-503", loc, what, advice, devices=devices)


def half_validations(survey: Survey) -> Iterator[Finding]:
    """Yield gates that ask only for the script or only for the payload (UPD-10)."""
    if not survey.site.scripts:
        return
    for number, gate in survey.conditions.gates.items():
        measures = {one.measure for one in series_in(gate)}
        asks_script = bool(measures & {*_SCRIPT_MEASURES})
        asks_payload = bool(measures & {*_PAYLOAD_MEASURES})
        if asks_script != asks_payload:
            asked = "that the script succeeded" if asks_script else "that the payload is in use"
            left = "payload_in_use_pct" if asks_script else "script_succeeded_pct"
            yield survey.find(
                "LNT-504",
                ("plan", number, "when"),
                f"the gate asks only {asked}",
                f"ask for {left} too: after a migration both must hold",
            )
