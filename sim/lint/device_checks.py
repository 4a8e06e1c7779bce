"""Devices: who cannot onboard, who fails until a later step, whom no policy reaches."""

from collections import defaultdict
from collections.abc import Iterator

from sim.lint.finding import Finding
from sim.lint.prospects import Prospect
from sim.lint.survey import Survey
from sim.reference.causes import CAUSE_TABLE
from sim.reference.decisions import Decision
from sim.text.numbers import plural
from sim.vocabulary import CAUSES

PLAN_CAUSES = (
    "subscription_missing",
    "workspace_missing",
    "workspace_swapped",
    "workspace_wrong",
    "payload_not_eligible",
)
"""Causes whose reason stands in the plan, not on the device."""


def devices_that_cannot(survey: Survey) -> Iterator[Finding]:
    """Yield those who cannot onboard, by deployment and cause (MMA-2, DWN-4, DWN-5, OS-1)."""
    groups: dict[tuple[int, str, str, bool], list[int]] = defaultdict(list)
    for number, prospect in enumerate(survey.prospects.all):
        failure, deployment = prospect.failure, prospect.deployment
        if failure is not None and deployment is not None and not prospect.can_onboard:
            is_of_plan = _is_of_plan(survey, number, failure)
            key = deployment.coming.number, failure.cause, failure.rule, is_of_plan
            groups[key].append(number)
    for step, cause, rule, is_of_plan in sorted(groups, key=_in_order):
        devices = groups[step, cause, rule, is_of_plan]
        remedy = CAUSE_TABLE[cause]
        yield survey.find(
            "LNT-101" if is_of_plan else "LNT-102",
            ("plan", step, "deploy"),
            f"{plural(len(devices), 'device')} cannot onboard in this plan: {remedy.title}"
            f" ({cause})",
            _low(remedy.remedy),
            rule=rule,
            cause=cause,
            devices=devices,
        )


def devices_that_wait_for_a_step(survey: Survey) -> Iterator[Finding]:
    """Yield those who fail until a step puts it right (MMA-6, DWN-6, DWN-9)."""
    groups: dict[tuple[int, str, str, int], list[int]] = defaultdict(list)
    for number, prospect in enumerate(survey.prospects.all):
        failure, deployment = prospect.failure, prospect.deployment
        if failure is None or deployment is None or prospect.mended_by is None:
            continue
        if not _waits(survey, number, prospect):
            continue
        key = deployment.coming.number, failure.cause, failure.rule, prospect.mended_by
        groups[key].append(number)
    for step, cause, rule, mended_by in sorted(groups, key=_in_order):
        devices = groups[step, cause, rule, mended_by]
        name = survey.comings[mended_by].name
        yield survey.find(
            "LNT-103",
            ("plan", step, "deploy"),
            f"{plural(len(devices), 'device')} cannot onboard until the step {name}:"
            f" {CAUSE_TABLE[cause].title} ({cause})",
            f"let {name} come first, or accept that these devices come later",
            rule=rule,
            cause=cause,
            devices=devices,
        )


def _waits(survey: Survey, number: int, prospect: Prospect) -> bool:
    """Say whether the device certainly cannot onboard when its deployment comes."""
    assert prospect.deployment is not None
    assert prospect.mended_by is not None
    mends = survey.comings[prospect.mended_by].since
    first = prospect.onboards_from
    return mends > prospect.deployment.since and first is not None and first >= mends


def devices_out_of_reach(survey: Survey) -> Iterator[Finding]:
    """Yield those whose client does not work or that are never on (FLT-1, FLT-7)."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, prospect in enumerate(survey.prospects.all):
        device = survey.ground.fleet.devices[number]
        if prospect.deployment is None or survey.prospects.is_onboarded(device):
            continue
        cause = "" if device.client in ("active", "none") else f"client_{device.client}"
        cause = cause or ("never_online" if device.presence == "off" else "")
        if cause and not _is_repaired(survey, number, cause):
            groups[cause].append(number)
    by_chance = survey.ground.has_chance
    for cause in sorted(groups, key=CAUSES.index):
        comes_back = by_chance and cause != "never_online"
        until = "until their client works again, by chance" if comes_back else "at any time"
        remedy, devices = CAUSE_TABLE[cause], groups[cause]
        yield survey.find(
            "LNT-104",
            ("fleet",),
            f"the policies of the plan do not reach {plural(len(devices), 'device')} {until}:"
            f" {remedy.title} ({cause})",
            _low(remedy.remedy),
            rule=remedy.rule,
            cause=cause,
            devices=devices,
        )


def _is_repaired(survey: Survey, number: int, cause: str) -> bool:
    if any(repair.cause == cause for repair in survey.site.repairs):
        return True
    trait = "presence" if cause == "never_online" else "client"
    return any(
        name == trait and number in survey.belonging.possible_of(change.on)
        for change in survey.site.trait_changes
        for name, _ in change.sets
    )


def devices_for_the_desk(survey: Survey) -> Iterator[Finding]:
    """Yield those who onboard only once the support desk has put them right (DWN-9, FLT-1)."""
    desk = survey.scenario.support_desk
    groups: dict[str, list[int]] = {} if desk is None else {cause: [] for cause in desk.repairs}
    for number, prospect in enumerate(survey.prospects.all):
        device = survey.ground.fleet.devices[number]
        if prospect.deployment is None or survey.prospects.is_onboarded(device):
            continue
        failure = prospect.failure
        cause = f"client_{device.client}"
        if cause not in groups and failure is not None and prospect.mended_by is None:
            cause = failure.cause
        if cause in groups and prospect.can_onboard:
            groups[cause].append(number)
    for cause, devices in groups.items():
        if devices:
            what = f"{plural(len(devices), 'device waits', 'devices wait')} for the support desk:"
            what += f" {CAUSE_TABLE[cause].title} ({cause})"
            advice = "see with a run how long the backlog takes"
            loc = ("support_desk", "repairs", cause)
            yield survey.find(
                "LNT-106", loc, what, advice, rule=CAUSE_TABLE[cause].rule, cause=cause,
                devices=devices,
            )  # fmt: skip


def devices_left_out(survey: Survey) -> Iterator[Finding]:
    """Yield eligible devices that no onboarding deployment or script can reach (MON-1)."""
    if not survey.site.onboarding():
        return
    aimed = (*survey.site.onboarding(), *survey.site.scripts)
    reached = survey.belonging.possible_of([one.collection for one in aimed])
    eligible = survey.certain.bounds.certainly_eligible
    devices = [
        number
        for number in sorted(eligible - reached)
        if not survey.prospects.is_onboarded(survey.ground.fleet.devices[number])
    ]
    if devices:
        yield survey.find(
            "LNT-105",
            ("plan",),
            f"no onboarding policy of the plan reaches {plural(len(devices), 'eligible device')}",
            "deploy a policy to a collection that holds them, or leave them out of coverage",
            cause="not_targeted",
            devices=devices,
        )


def _is_of_plan(survey: Survey, number: int, failure: Decision) -> bool:
    """Say whether what stands in the way is the plan's own fault.

    A package of another organization is; a device that belongs to one is not (UPD-7).
    """
    if failure.cause == "other_organization":
        return not survey.ground.fleet.devices[number].onboarded
    return failure.cause in PLAN_CAUSES


def _in_order(key: tuple[int, str, str, object]) -> tuple[int, int, str, str]:
    return key[0], CAUSES.index(key[1]), key[2], str(key[3])


def _low(text: str) -> str:
    """Return an advice as it goes on in a sentence: without capital and stop.

    >>> _low("Repair the client.")
    'repair the client'
    """
    return text[0].lower() + text[1:].removesuffix(".")
