"""Maintenance windows: long enough, where they matter, and met by what is tried again (TIM-5)."""

from collections import defaultdict
from collections.abc import Iterator

from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.reference.attempts import INSTALL, REGISTER
from sim.schedules.recurrence import Windows, parse_weekly, windows
from sim.text.numbers import join_words, plural
from sim.units import Seconds, format_duration


def _installing(analysis: Analysis) -> set[int]:
    """Return the devices that install an agent, or would if a window let them."""
    found = {row.device for row in analysis.rows("content_downloaded", "install_started")}
    for number, one in analysis.witness.standings.items():
        stages = {gate.stage for gate, _ in one.obstacles}
        comes_so_far = one.cleared is not None or stages <= {INSTALL, REGISTER}
        if one.facts.needs_agent and comes_so_far:
            found.add(number)
    return found & analysis.witness.standings.keys()


def _bound(analysis: Analysis) -> dict[tuple[str, ...], list[int]]:
    """Return the devices that install an agent, by the collections with windows they are in."""
    having = sorted({one.collection for one in analysis.scenario.maintenance_windows})
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in sorted(_installing(analysis)):
        mine = [name for name in having if number in analysis.ever_members[name]]
        if mine:
            groups[tuple(mine)].append(number)
    return groups


def _windows_of(analysis: Analysis, collections: tuple[str, ...]) -> Windows:
    weeklies = [
        parse_weekly(one.weekly, one.length)
        for one in analysis.scenario.maintenance_windows
        if one.collection in collections
    ]
    return windows(weeklies, analysis.prepared.clock, analysis.scenario.horizon)


def _loc(analysis: Analysis, collections: tuple[str, ...]) -> Loc:
    places = enumerate(analysis.scenario.maintenance_windows)
    number = next(number for number, one in places if one.collection in collections)
    return "maintenance_windows", number


def short_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows in which no agent can ever be installed (TIM-5)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    for collections, devices in sorted(_bound(analysis).items()):
        found = _windows_of(analysis, collections)
        if found.starts and found.opens(0, needed) is None and _longest(found) < needed:
            what = f"the windows of {join_words(collections)} are too short to install an agent:"
            what += f" {plural(len(devices), 'device')} would wait for ever"
            advice = f"make a window of {format_duration(needed)} or more"
            yield analysis.find(
                "LNT-701", _loc(analysis, collections), what, advice,
                cause="awaiting_maintenance_window", devices=devices,
            )  # fmt: skip


def _longest(found: Windows) -> Seconds:
    spans = zip(found.starts, found.ends, strict=True)
    return max((end - start for start, end in spans), default=0)


def missed_retries(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows that a failed installation does not meet again before the end (TIM-2)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    retry = analysis.prepared.assumed["install_retry_interval"]
    started: dict[int, Seconds] = {}
    for row in analysis.rows("install_started"):
        started.setdefault(row.device, row.time)
    for collections, devices in sorted(_bound(analysis).items()):
        found = _windows_of(analysis, collections)
        begins = [started[number] for number in devices if number in started]
        if not begins or found.opens(min(begins) + retry, needed) is not None:
            continue
        what = (
            f"an installation that fails in the first window of {join_words(collections)} is tried"
        )
        what += f" again {format_duration(retry)} later, when no further window comes"
        advice = "lengthen the horizon, add a window, or shorten install_retry_interval"
        yield analysis.find("LNT-704", _loc(analysis, collections), what, advice, devices=devices)


def idle_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows of collections in which no device installs an agent (TIM-5)."""
    bound = {name for collections in _bound(analysis) for name in collections}
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        if window.collection not in bound:
            what = f"no device of {window.collection} installs an agent in this plan"
            advice = "the windows bind nothing but restarts for updates; check who is a member"
            yield analysis.find("LNT-702", ("maintenance_windows", number), what, advice)


def evaluations_in_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield short windows that evaluations wait for, with all that follows them (TIM-5)."""
    if analysis.scenario.rules.evaluation_outside_windows:
        return
    short = 2 * analysis.prepared.assumed["maintenance_window_minimum"]
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        members = analysis.ever_members[window.collection]
        if window.length < short and members:
            what = f"evaluations of {plural(len(members), 'device')} of {window.collection} wait"
            what += f" for a window of {format_duration(window.length)}, and so does what follows"
            advice = f"make it {format_duration(short)} or more, or write"
            advice += " evaluation_outside_windows: true"
            loc: Loc = ("maintenance_windows", number, "length")
            yield analysis.find("LNT-703", loc, what, advice, devices=members)
