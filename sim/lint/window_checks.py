"""Windows that are too short, too rare or without effect; schedules and content that never come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.lint.analysis import Analysis, Loc, grouped
from sim.lint.catalogue import Finding
from sim.lint.rehearsal import Numbers
from sim.reference.attempts import INSTALL, REGISTER
from sim.scenario.steps import Deploy, SetClientVersion
from sim.schedules.windows import Windows, opening_of, windows
from sim.text.numbers import join_words, plural
from sim.units import DAY, Seconds, format_duration

RARE: Seconds = 14 * DAY
"""Lint warns where evaluations wait longer than this for a window: a fortnightly one is usual."""


def _installing(analysis: Analysis) -> set[int]:
    """Return the devices that install an agent, or would if a window let them."""
    found = {row.device for row in analysis.rows("content_downloaded", "install_started")}
    for number, standing in analysis.witness.standings.items():
        stages = {gate.stage for gate, _ in standing.obstacles}
        comes_so_far = standing.cleared is not None or stages <= {INSTALL, REGISTER}
        if standing.facts.needs_agent and comes_so_far:
            found.add(number)
    return found & analysis.witness.standings.keys()


@dataclass(frozen=True, slots=True)
class _Bound:
    """The devices that install an agent in the windows of the same collections."""

    collections: tuple[str, ...]
    devices: Numbers
    windows: Windows
    loc: Loc
    """Where the first of the windows stands in the scenario."""


def _bound(analysis: Analysis, devices: Iterable[int]) -> Iterator[_Bound]:
    """Yield *devices* in groups that have windows for all deployments in the same collections."""
    declared = [
        (number, window)
        for number, window in enumerate(analysis.scenario.maintenance_windows)
        if window.for_ == "all"
    ]
    having = sorted({window.collection for _, window in declared})
    members = analysis.ever_members
    groups = grouped(
        (tuple(name for name in having if number in members[name]), number) for number in devices
    )
    for collections, numbers in sorted(groups.items()):
        mine = [(n, window) for n, window in declared if window.collection in collections]
        if mine:
            openings = [opening_of(window) for _, window in mine]
            opened = windows(openings, analysis.prepared.clock, analysis.scenario.horizon)
            yield _Bound(collections, numbers, opened, ("maintenance_windows", mine[0][0]))


def _waiting_to_install(analysis: Analysis) -> Iterator[_Bound]:
    """Yield the devices that install an agent, and that no client setting frees from windows."""
    ranked = sorted(analysis.scenario.client_settings, key=lambda setting: setting.priority)

    def is_free(number: int) -> bool:
        mine = (one for one in ranked if number in analysis.ever_members[one.collection])
        ruling = next(mine, None)
        return ruling is not None and ruling.install_outside_windows

    installing = sorted(_installing(analysis))
    return _bound(analysis, [number for number in installing if not is_free(number)])


def short_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows in which no agent can ever be installed (TIM-5)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    for bound in _waiting_to_install(analysis):
        spans = zip(bound.windows.starts, bound.windows.ends, strict=True)
        if bound.windows.starts and all(end - start < needed for start, end in spans):
            what = f"the windows of {join_words(bound.collections)} are too short to install an"
            what += f" agent: {plural(len(bound.devices), 'device')} would never install it"
            advice = f"make a window of {format_duration(needed)} or more"
            cause, devices = "awaiting_maintenance_window", bound.devices
            yield analysis.find("LNT-701", bound.loc, what, advice, cause=cause, devices=devices)


def missed_retries(analysis: Analysis) -> Iterator[Finding]:
    """Yield collections in which a failed installation has no later window (TIM-2)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    retry = analysis.prepared.assumed["install_retry_interval"]
    rows = list(analysis.rows("install_started"))
    for bound in _waiting_to_install(analysis):
        began = next((row.time for row in rows if row.device in bound.devices), None)
        if began is not None and bound.windows.opens(began + retry, needed) is None:
            what = "if an installation fails in the first window of"
            what += f" {join_words(bound.collections)}, it is tried again {format_duration(retry)}"
            what += " later, but no window is left by then"
            advice = "lengthen the horizon, add a window, or shorten install_retry_interval"
            yield analysis.find("LNT-704", bound.loc, what, advice, devices=bound.devices)


def idle_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows that bind neither an installation nor an evaluation (TIM-5)."""
    busy = _installing(analysis)
    if not analysis.scenario.rules.evaluation_outside_windows:
        busy |= analysis.witness.standings.keys()
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        what = ""
        if window.for_ == "task_sequences":
            what = f"the windows of {window.collection} for task sequences bind nothing here"
            advice = "leave them out, or write for: all"
        elif window.for_ == "all" and busy.isdisjoint(analysis.ever_members[window.collection]):
            what = f"no device of {window.collection} installs an agent in this plan"
            advice = "its windows limit only restarts for updates; check the collection's members"
        if what:
            yield analysis.find("LNT-702", ("maintenance_windows", number), what, advice)


def evaluations_in_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield short windows that evaluations, downloads and installations wait for (TIM-5)."""
    if analysis.scenario.rules.evaluation_outside_windows:
        return
    short = 2 * analysis.prepared.assumed["maintenance_window_minimum"]
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        members = analysis.ever_members[window.collection]
        if window.for_ == "all" and window.length < short and members:
            what = f"evaluations of {plural(len(members), 'device')} of {window.collection} wait"
            what += f" for a window of {format_duration(window.length)}, and so do the download and"
            what += " the installation"
            advice = f"make it {format_duration(short)} or more, or write"
            advice += " evaluation_outside_windows: true"
            loc: Loc = ("maintenance_windows", number, "length")
            yield analysis.find("LNT-703", loc, what, advice, devices=members)


def windows_that_never_open(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows that do not open in the run, such as a monthly one after its end (TIM-5)."""
    horizon = analysis.scenario.horizon
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        opened = windows([opening_of(window)], analysis.prepared.clock, horizon)
        first = opened.opens(0, 1)
        never_opens = first is None or first >= horizon
        if never_opens and window.for_ != "task_sequences":
            what = f"the window of {window.collection} ({window.begins}) never opens within the"
            what += f" horizon of {format_duration(horizon)}"
            advice = "lengthen the horizon, or write a window that comes earlier"
            members = analysis.ever_members[window.collection]
            loc: Loc = ("maintenance_windows", number)
            yield analysis.find("LNT-705", loc, what, advice, devices=members)


def rare_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows for which evaluations wait for more than two weeks (TIM-5)."""
    if analysis.scenario.rules.evaluation_outside_windows:
        return
    for bound in _bound(analysis, sorted(analysis.witness.standings)):
        closed = zip((0, *bound.windows.ends), bound.windows.starts, strict=False)
        longest = max((start - end for end, start in closed), default=0)
        if longest > RARE:
            waits = plural(longest // DAY, "day")
            what = f"policies of {plural(len(bound.devices), 'device')} are evaluated only in the"
            what += f" windows of {join_words(bound.collections)}, up to {waits} apart, and a"
            what += " failed onboarding waits for the next"
            advice = "add a window, or write evaluation_outside_windows: true"
            cause, devices = "awaiting_maintenance_window", bound.devices
            yield analysis.find("LNT-706", bound.loc, what, advice, cause=cause, devices=devices)


def slow_schedules(analysis: Analysis) -> Iterator[Finding]:
    """Yield deployments whose policy is evaluated once in the run at most (TIM-10)."""
    for step, deploy in analysis.steps_of(Deploy):
        left = analysis.scenario.horizon - (step.came or 0)
        every = deploy.evaluate_every
        if every is not None and step.came is not None and every >= left:
            what = f"{deploy.deploy} is evaluated every {format_duration(every)}, but only"
            what += f" {format_duration(left)} are left: nothing that fails is tried again"
            advice = "write a shorter evaluate_every, or lengthen the horizon"
            loc: Loc = ("plan", step.number, "evaluate_every")
            yield analysis.find("LNT-707", loc, what, advice)


def upgrades_without_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield upgrades of the ConfigMgr client for which two windows are not left (TIM-8)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    for step, upgrade in analysis.steps_of(SetClientVersion):
        if step.came is None:
            continue
        members = frozenset[int]().union(*(analysis.ever_members[name] for name in upgrade.on))
        for bound in _bound(analysis, sorted(members)):
            first = bound.windows.opens(step.came, 1)
            closes = None if first is None else bound.windows.closes(first)
            if closes is None or bound.windows.opens(closes, needed) is None:
                what = f"the ConfigMgr clients of {plural(len(bound.devices), 'device')} are never"
                what += f" upgraded: {join_words(bound.collections)} has no two windows left, one"
                what += " for the download and one for the installation"
                advice = "upgrade earlier, add windows, or lengthen the horizon"
                yield analysis.find("LNT-708", step.loc, what, advice, devices=bound.devices)


def locations_without_content(analysis: Analysis) -> Iterator[Finding]:
    """Yield locations whose devices wait for an agent that was not distributed there (DWN-2)."""
    waiting = {
        number
        for profile, numbers in analysis.at_end["device"].items()
        if profile.cause == "awaiting_content"
        for number in numbers
    }
    for position, place in enumerate(analysis.scenario.locations):
        here = {n for n in waiting if analysis.devices[n].location == place.name}
        if place.distribution_point == "none" and here:
            what = f"{plural(len(here), 'device')} at {place.name} would wait for the agent for"
            what += " good: its content was not distributed there"
            advice = "distribute it to a distribution point of the location's boundary group"
            loc: Loc = ("locations", position, "distribution_point")
            cause = "awaiting_content"
            yield analysis.find("LNT-709", loc, what, advice, cause=cause, devices=here)
