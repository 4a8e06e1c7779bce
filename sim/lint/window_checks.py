"""Maintenance windows: long enough, where they matter, and met by what is tried again (TIM-5)."""

from collections import defaultdict
from collections.abc import Iterator

from sim.lint.finding import Finding
from sim.lint.prospects import Prospect
from sim.lint.survey import Loc, Survey
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.scenario.steps import SetClientSetting
from sim.schedules.windows import Windows, parse_weekly, windows
from sim.text.numbers import join_words, plural
from sim.units import Seconds, format_duration

_BEFORE_INSTALL = ("workspace_missing", "other_organization", "payload_not_eligible",
                   "subscription_missing", "os_not_supported", "os_out_of_support")  # fmt: skip
"""Causes for which nothing is ever installed."""


def _installs(prospect: Prospect) -> bool:
    """Say whether a device will run an agent's installer, as the plan is meant."""
    if not prospect.installs:
        return False
    failure = prospect.failure
    return failure is None or failure.cause not in _BEFORE_INSTALL or prospect.can_onboard


def _bound(survey: Survey) -> dict[tuple[str, ...], list[int]]:
    """Return the devices that install an agent, by the collections with windows they are in."""
    having = sorted({one.collection for one in survey.scenario.maintenance_windows})
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, prospect in enumerate(survey.prospects.all):
        if prospect.deployment is not None and _installs(prospect):
            since = prospect.deployment.since
            mine = [name for name in having if number in survey.belonging.meant(name, since)]
            if mine:
                groups[tuple(mine)].append(number)
    return groups


def _windows_of(survey: Survey, collections: tuple[str, ...]) -> Windows:
    weeklies = [
        parse_weekly(one.weekly, one.length)
        for one in survey.scenario.maintenance_windows
        if one.collection in collections
    ]
    return windows(weeklies, survey.ground.clock, survey.scenario.horizon)


def _loc(survey: Survey, collections: tuple[str, ...]) -> Loc:
    places = enumerate(survey.scenario.maintenance_windows)
    number = next(number for number, one in places if one.collection in collections)
    return "maintenance_windows", number


def short_windows(survey: Survey) -> Iterator[Finding]:
    """Yield windows in which no agent can ever be installed (TIM-5)."""
    needed = survey.ground.assumed["maintenance_window_minimum"]
    for collections, devices in sorted(_bound(survey).items()):
        found = _windows_of(survey, collections)
        if found.starts and found.opens(0, needed) is None and _longest(found) < needed:
            what = f"the windows of {join_words(collections)} are too short to install an agent:"
            what += f" {plural(len(devices), 'device')} would wait for ever"
            advice = f"make a window of {format_duration(needed)} or more"
            yield survey.find(
                "LNT-701", _loc(survey, collections), what, advice,
                cause="awaiting_maintenance_window", devices=devices,
            )  # fmt: skip


def _longest(found: Windows) -> Seconds:
    spans = zip(found.starts, found.ends, strict=True)
    return max((end - start for start, end in spans), default=0)


def missed_retries(survey: Survey) -> Iterator[Finding]:
    """Yield windows that a failed installation does not meet again before the end (TIM-2)."""
    needed = survey.ground.assumed["maintenance_window_minimum"]
    retry = survey.ground.assumed["install_retry_interval"]
    for collections, devices in sorted(_bound(survey).items()):
        found = _windows_of(survey, collections)
        since = [_since(survey.prospects.all[number]) for number in devices]
        opens = found.opens(min(since), needed)
        if opens is None or found.opens(opens + retry, needed) is not None:
            continue
        what = (
            f"an installation that fails in the first window of {join_words(collections)} is tried"
        )
        what += f" again {format_duration(retry)} later, when no further window comes"
        advice = "lengthen the horizon, add a window, or shorten install_retry_interval"
        yield survey.find("LNT-704", _loc(survey, collections), what, advice, devices=devices)


def _since(prospect: Prospect) -> Seconds:
    assert prospect.deployment is not None
    return prospect.deployment.since


def idle_windows(survey: Survey) -> Iterator[Finding]:
    """Yield windows of collections in which no device installs an agent (TIM-5)."""
    bound = {name for collections in _bound(survey) for name in collections}
    for number, window in enumerate(survey.scenario.maintenance_windows):
        if window.collection not in bound and not _may_install_later(survey, window.collection):
            what = f"no device of {window.collection} installs an agent in this plan"
            advice = "the windows bind nothing but restarts for updates; check who is a member"
            yield survey.find("LNT-702", ("maintenance_windows", number), what, advice)


def _may_install_later(survey: Survey, collection: str) -> bool:
    """Say whether a change of the client setting may bring an agent to a member (DWN-6)."""
    changes = any(
        isinstance(step, SetClientSetting) and step.downlevel_client == "mde_client"
        for step in survey.scenario.plan
    )
    devices = survey.ground.fleet.devices
    members = (devices[number] for number in survey.belonging.meant(collection, 0))
    return changes and any(
        device.os in DOWN_LEVEL_SERVERS and "mde_client" not in device.agent for device in members
    )


def evaluations_in_windows(survey: Survey) -> Iterator[Finding]:
    """Yield short windows that evaluations wait for, with all that follows them (TIM-5)."""
    if survey.scenario.rules.evaluation_outside_windows:
        return
    short = 2 * survey.ground.assumed["maintenance_window_minimum"]
    for number, window in enumerate(survey.scenario.maintenance_windows):
        members = survey.belonging.meant(window.collection, 0)
        if window.length < short and members:
            what = f"evaluations of {plural(len(members), 'device')} of {window.collection} wait"
            what += f" for a window of {format_duration(window.length)}, and so does what follows"
            advice = f"make it {format_duration(short)} or more, or write"
            advice += " evaluation_outside_windows: true"
            loc: Loc = ("maintenance_windows", number, "length")
            yield survey.find("LNT-703", loc, what, advice, devices=members)
