"""Operating systems of the fleet: past support, later than the page, on its contradictions."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from sim.lint.finding import Finding
from sim.lint.survey import Survey
from sim.reference.systems import (
    DOWN_LEVEL_SERVERS,
    OPERATING_SYSTEMS,
    default_edition,
    is_supported,
    level,
    support_end,
)
from sim.reference.traits import Device
from sim.text.numbers import join_words, plural

_MOST_NAMED = 3
"""So many systems are named in one sentence."""

MMA_RETIRED = date(2024, 8, 31)
"""The last day on which Log Analytics used MMA (MMA-1)."""

_CONTRADICTED = ("windows-10-1607", "windows-10-1703")
"""Releases on the page's up-level lists, but not on its supported list (OS-2)."""


def _managed(survey: Survey) -> Iterator[tuple[int, Device]]:
    for number, device in enumerate(survey.ground.fleet.devices):
        if device.is_managed:
            yield number, device


def past_support(survey: Survey) -> Iterator[Finding]:
    """Yield the systems that are past support at the start or by the end (OS-3)."""
    handling = survey.scenario.rules.end_of_support
    if handling == "ignore":
        return
    clock = survey.ground.clock
    start, end = clock.date_at(0), clock.date_at(survey.scenario.horizon - 1)
    groups: dict[bool, list[int]] = {False: [], True: []}
    for number, device in _managed(survey):
        last = _last_day(device)
        if level(OPERATING_SYSTEMS[device.os]) != "none" and last < end:
            groups[last >= start].append(number)
    for during, devices in groups.items():
        if devices:
            ended = "whose support ends during the run" if during else "past their support"
            kept = "that keeps nobody out" if handling == "warn" else "they cannot onboard after it"
            what = f"{plural(len(devices), 'device runs', 'devices run')} systems {ended}:"
            what += f" {_by_system(survey, devices)}; end_of_support is {handling}, so {kept}"
            advice = "upgrade them, or enrol them in Extended Security Updates where there are any"
            yield survey.find("LNT-601", ("fleet",), what, advice, devices=devices)


def _by_system(survey: Survey, devices: list[int]) -> str:
    """Return how many devices run which system, the most frequent ones first."""
    counts = Counter(survey.ground.fleet.devices[number].os for number in devices)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [f"{number} {OPERATING_SYSTEMS[name].title}" for name, number in ranked[:_MOST_NAMED]]
    rest = sum(number for _, number in ranked[_MOST_NAMED:])
    return join_words([*shown, f"{rest} others"] if rest else shown)


def _last_day(device: Device) -> date:
    system = OPERATING_SYSTEMS[device.os]
    last = support_end(system, device.edition or default_edition(system), device.esu)
    return date.max if last is None else last


def later_than_page(survey: Survey) -> Iterator[Finding]:
    """Yield the releases that the product page does not know (OS-5)."""
    devices = [n for n, one in _managed(survey) if OPERATING_SYSTEMS[one.os].later_than_page]
    if devices:
        what = f"{plural(len(devices), 'device runs', 'devices run')} systems released after the"
        what += f" product page: {_by_system(survey, devices)}"
        advice = "they are treated as up-level; check the requirements of the release"
        yield survey.find("LNT-602", ("fleet",), what, advice, devices=devices)


def oldest_windows_10(survey: Survey) -> Iterator[Finding]:
    """Yield Windows 10 releases that one list of the page has and the other has not (OS-2)."""
    minimum = survey.scenario.rules.windows_10_minimum
    devices = [
        number
        for number, device in _managed(survey)
        if device.os in _CONTRADICTED and not is_supported(OPERATING_SYSTEMS[device.os], minimum)
    ]
    if devices:
        what = f"{plural(len(devices), 'device runs', 'devices run')} Windows 10 1607 or 1703: on"
        what += f" the page's up-level lists, but below windows_10_minimum {minimum}"
        advice = 'upgrade them, or write windows_10_minimum: "1607" under rules'
        yield survey.find("LNT-603", ("fleet",), what, advice, devices=devices)


def retired_mma(survey: Survey) -> Iterator[Finding]:
    """Yield servers that take the MMA route after MMA was retired (MMA-1)."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, prospect in enumerate(survey.prospects.all):
        deployment, route = prospect.deployment, prospect.route
        if deployment is None or route is None or route.route != "mma":
            continue
        late = survey.ground.clock.date_at(deployment.since) > MMA_RETIRED
        if late and survey.ground.fleet.devices[number].os in DOWN_LEVEL_SERVERS:
            groups[deployment.coming.number].append(number)
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server takes', 'servers take')} the route of MMA, which"
        what += f" was retired on {MMA_RETIRED}"
        advice = "choose the MDE client in the client setting of Server 2012 R2 and 2016"
        yield survey.find("LNT-604", ("plan", step, "deploy"), what, advice, devices=devices)
