"""A new payload: every step of the page's order, and what undoes it on the way (UPD-4, UPD-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sim.lint.changes import meant
from sim.lint.expression_walk import all_series
from sim.lint.finding import Finding
from sim.lint.site_history import Aimed
from sim.lint.survey import Loc, Survey, listed, plural
from sim.scenario import model
from sim.units import Seconds

_SCRIPT_MEASURES = ("script_succeeded", "script_succeeded_pct")
_PAYLOAD_MEASURES = ("payload_in_use", "payload_in_use_pct", "payload_pending")

_ORDER = (
    "the page's order: script to an excluded validation collection, validate, update the policy,"
    " script to the existing collection, validate, remove script and validation collection"
)


@dataclass(frozen=True)
class _Migration:
    """The steps of a plan that bring one new payload to devices that are onboarded."""

    survey: Survey
    payload: str

    @property
    def _scripts(self) -> list[Aimed]:
        packages = self.survey.site.packages
        scripts = self.survey.site.scripts
        return [one for one in scripts if packages[one.what].payload_name == self.payload]

    @cached_property
    def existing(self) -> frozenset[str]:
        """The collections that onboarding policies are deployed to."""
        return frozenset(one.collection for one in self.survey.site.onboarding())

    @cached_property
    def to_validation(self) -> list[Aimed]:
        """The script on collections that no onboarding policy is deployed to."""
        return [one for one in self._scripts if one.collection not in self.existing]

    @cached_property
    def to_existing(self) -> list[Aimed]:
        """The script on the collections of the onboarding policies."""
        return [one for one in self._scripts if one.collection in self.existing]

    @cached_property
    def updates(self) -> list[tuple[int, Seconds]]:
        """Number and time of each step that gives a policy the new payload."""
        packages = self.survey.site.packages
        return [
            (one.number, one.since)
            for one in self.survey.site.acting
            if isinstance(one.step, model.Update)
            and packages[one.step.package].payload_name == self.payload
        ]

    @cached_property
    def clean_ups(self) -> list[tuple[int, Seconds]]:
        """Number and time of each step that removes the script."""
        names = {one.what for one in self._scripts}
        return [
            (one.number, one.since)
            for one in self.survey.site.acting
            if isinstance(one.step, model.RemoveScript) and one.step.remove_script in names
        ]

    @cached_property
    def removals(self) -> list[int]:
        """The steps that let the validation collection go: removed, or included again."""
        validation = {one.collection for one in self.to_validation}
        found = []
        for one in self.survey.site.acting:
            step = one.step
            gone = isinstance(step, model.RemoveCollection) and step.remove_collection in validation
            back = isinstance(step, model.Include) and step.include in validation
            if gone or back:
                found.append(one.number)
        return found

    def validates(self, before: int | None) -> bool:
        """Say whether anything asks after the payload; the gate of step *before*, if one is named.

        An expectation validates at the end.
        """
        conditions = self.survey.conditions
        asked = list(conditions.gates.items())
        if before is not None:
            asked = [(number, gate) for number, gate in asked if number == before]
        told = [gate for _, gate in asked]
        told += list(conditions.expectations) if before is None else []
        wanted = (*_SCRIPT_MEASURES, *_PAYLOAD_MEASURES)
        return any(one.measure in wanted for gate in told for one in all_series(gate))

    @cached_property
    def loc(self) -> Loc:
        """Where the migration begins in the plan."""
        numbers = [one.coming.number for one in self._scripts]
        return "plan", min([*numbers, *(number for number, _ in self.updates)])


def migrations(survey: Survey) -> Iterator[Finding]:
    """Yield the steps of each migration that are missing or out of order (UPD-5)."""
    packages = survey.site.packages
    payloads = [packages[one.what].payload_name for one in survey.site.scripts]
    for one in survey.site.acting:
        if isinstance(one.step, model.Update) and _is_onboarding(survey, one.step.update):
            payloads.append(packages[one.step.package].payload_name)
    for payload in dict.fromkeys(payloads):
        migration = _Migration(survey, payload)
        for missing in _missing(migration):
            what = f"the migration to the payload {payload} lacks a step: {missing}"
            yield survey.find("LNT-501", migration.loc, what, f"add it; {_ORDER}")
        for number, what in _out_of_order(migration):
            yield survey.find("LNT-502", ("plan", number), what, _ORDER)


def _is_onboarding(survey: Survey, policy: str) -> bool:
    return survey.site.kind(policy) == "onboarding"


def _missing(migration: _Migration) -> Iterator[str]:
    if not migration.to_validation:
        yield "the script on a validation collection"
    if not migration.updates and migration.existing:
        yield "the update of the onboarding policy"
    validated = any(migration.validates(number) for number, _ in migration.updates)
    if migration.to_validation and migration.updates and not validated:
        yield "a gate that validates the payload before the policy is updated"
    if not migration.to_existing and migration.existing:
        yield "the script on the existing collection"
    if not migration.validates(None):
        yield "the validation of the payload in the end"
    if not migration.clean_ups:
        yield "the removal of the script"
    if migration.to_validation and migration.existing and not migration.removals:
        yield "the removal of the validation collection"


def _out_of_order(migration: _Migration) -> Iterator[tuple[int, str]]:
    tried = min((one.since for one in migration.to_validation), default=None)
    for number, at in migration.updates:
        if tried is not None and at < tried:
            name = migration.survey.comings[number].name
            yield number, f"{name} updates the policy before the payload was tried"
    updated = min((at for _, at in migration.updates), default=None)
    for one in migration.to_existing:
        if updated is not None and one.since < updated:
            name = one.coming.name
            yield one.coming.number, f"{name} runs the script on everybody before the update"
    rolled_out = min((one.since for one in migration.to_existing), default=None)
    for number, at in migration.clean_ups:
        step = migration.survey.comings[number].step
        assert isinstance(step, model.RemoveScript)
        from_existing = migration.existing & {*step.from_}
        if rolled_out is None or (from_existing and at <= rolled_out):
            name = migration.survey.comings[number].name
            yield number, f"{name} removes the script before it ran on the existing collection"


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
    names = listed(list(dict.fromkeys(policies)))
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
        measures = {one.measure for one in all_series(gate)}
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
