"""Policies: which procedure a deployment needs, and which policies contradict each other."""

from collections.abc import Iterator
from itertools import combinations

from sim.lint.course import Coming
from sim.lint.finding import Finding
from sim.lint.outcome import eligible
from sim.lint.site_history import Aimed
from sim.lint.survey import Survey
from sim.reference.systems import DOWN_LEVEL_SERVERS, OPERATING_SYSTEMS, level
from sim.scenario.steps import Deploy
from sim.text.numbers import join_words, plural


def procedures(survey: Survey) -> Iterator[Finding]:
    """Yield which procedure each onboarding deployment needs, and what is missing (COL-1)."""
    for coming in survey.site.acting:
        step = coming.step
        if isinstance(step, Deploy) and survey.site.kind(step.deploy) == "onboarding":
            yield _procedure(survey, coming, step)


def _procedure(survey: Survey, coming: Coming, step: Deploy) -> Finding:
    loc = ("plan", coming.number, "deploy")
    members = survey.belonging.meant_of(step.to, coming.since)
    on_mma = [number for number in sorted(members) if _takes_mma(survey, number, coming)]
    if not on_mma:
        what = (
            f"{step.deploy} to {join_words(step.to)} needs the procedure of the MDE client:"
            " no member takes the MMA route"
        )
        return survey.find("LNT-301", loc, what, "nothing is missing")
    needs = (
        f"{step.deploy} to {join_words(step.to)} needs the procedure with workspace ID and key:"
        f" {plural(len(on_mma), 'member takes', 'members take')} the MMA route"
    )
    condition = survey.prospects.workspace_meant(step.deploy, coming.since)
    if condition == "present":
        return survey.find("LNT-301", loc, needs, "nothing is missing", devices=on_mma)
    missing = {"missing": "ID and key are not both there", "swapped": "ID and key are swapped"}
    said = missing.get(condition, "ID or key is wrong")
    servers = any(survey.ground.fleet.devices[n].os in DOWN_LEVEL_SERVERS for n in on_mma)
    advice = "enter ID and key of the workspace in the policy before it is deployed"
    advice += ", or choose the MDE client in the servers' client setting" if servers else ""
    return survey.find("LNT-302", loc, f"{needs}, and {said}", advice, devices=on_mma)


def _takes_mma(survey: Survey, number: int, coming: Coming) -> bool:
    device = survey.ground.fleet.devices[number]
    if level(OPERATING_SYSTEMS[device.os]) != "down_level":
        return False
    day = survey.ground.clock.date_at(coming.since)
    if eligible(survey.scenario, device, day, device.onboarded).refused:
        return False
    then = survey.prospects.as_meant(number, device, coming.since, changed=False)
    return survey.prospects.route_meant(number, then, coming.since).route == "mma"


def overlapping_policies(survey: Survey) -> Iterator[Finding]:
    """Yield deployments that reach the same devices at one time (POL-5)."""
    found: dict[tuple[int, str, str], set[int]] = {}
    for one, other in combinations(survey.site.deployments, 2):
        if one.what == other.what:
            continue
        kinds = {survey.site.kind(one.what), survey.site.kind(other.what)}
        if kinds == {"offboarding"}:
            continue
        devices = _under_both(survey, one, other)
        if devices:
            key = other.coming.number, one.what, other.what
            found.setdefault(key, set()).update(devices)
    for (step, first, second), numbers in sorted(found.items()):
        yield _overlap(survey, step, first, second, numbers)


def _under_both(survey: Survey, one: Aimed, other: Aimed) -> frozenset[int]:
    """Return the devices that both deployments reach when the later one comes."""
    at = max(one.since, other.since)
    if any(end is not None and end <= at for end in (one.ends, other.ends)):
        return frozenset()
    first = survey.belonging.meant(one.collection, at)
    return first & survey.belonging.meant(other.collection, at)


def _overlap(survey: Survey, step: int, first: str, second: str, devices: set[int]) -> Finding:
    loc = ("plan", step, "deploy")
    count = plural(len(devices), "device")
    if survey.site.kind(first) == survey.site.kind(second):
        what = f"{first} and {second} reach the same {count}: {first} rules, as it came first"
        advice = f"exclude the collection of one from that of the other, or undeploy {first}"
        return survey.find("LNT-304", loc, what, advice, cause="policy_conflict", devices=devices)
    what = f"{first} and {second} want the opposite of {count}, which keep their state"
    advice = f"undeploy {first} there first, or exclude the collection of one from the other's"
    return survey.find("LNT-303", loc, what, advice, cause="policy_conflict", devices=devices)
