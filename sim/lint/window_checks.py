"""Maintenance windows that are too short, have no effect, or come too late for a retry (TIM-5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.lint.analysis import Analysis, Loc, grouped
from sim.lint.catalogue import Finding
from sim.lint.rehearsal import Numbers
from sim.reference.attempts import INSTALL, REGISTER
from sim.schedules.windows import Windows, opening_of, windows
from sim.text.numbers import join_words, plural
from sim.units import format_duration


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


def _bound(analysis: Analysis) -> Iterator[_Bound]:
    declared, installing = analysis.scenario.maintenance_windows, _installing(analysis)
    having = sorted({window.collection for window in declared})
    members = analysis.ever_members
    groups = grouped(
        (tuple(name for name in having if number in members[name]), number) for number in installing
    )
    for collections, devices in sorted(groups.items()):
        mine = [(n, one) for n, one in enumerate(declared) if one.collection in collections]
        if mine:
            openings = [opening_of(window) for _, window in mine]
            opened = windows(openings, analysis.prepared.clock, analysis.scenario.horizon)
            yield _Bound(collections, devices, opened, ("maintenance_windows", mine[0][0]))


def short_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows in which no agent can ever be installed (TIM-5)."""
    needed = analysis.prepared.assumed["maintenance_window_minimum"]
    for bound in _bound(analysis):
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
    for bound in _bound(analysis):
        began = next((row.time for row in rows if row.device in bound.devices), None)
        if began is not None and bound.windows.opens(began + retry, needed) is None:
            what = "if an installation fails in the first window of"
            what += f" {join_words(bound.collections)}, it is tried again {format_duration(retry)}"
            what += " later, but no window is left by then"
            advice = "lengthen the horizon, add a window, or shorten install_retry_interval"
            yield analysis.find("LNT-704", bound.loc, what, advice, devices=bound.devices)


def idle_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield windows of collections in which no device installs an agent (TIM-5)."""
    installing = _installing(analysis)
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        if installing.isdisjoint(analysis.ever_members[window.collection]):
            what = f"no device of {window.collection} installs an agent in this plan"
            advice = "its windows limit only restarts for updates; check the collection's members"
            yield analysis.find("LNT-702", ("maintenance_windows", number), what, advice)


def evaluations_in_windows(analysis: Analysis) -> Iterator[Finding]:
    """Yield short windows that evaluations, downloads and installations wait for (TIM-5)."""
    if analysis.scenario.rules.evaluation_outside_windows:
        return
    short = 2 * analysis.prepared.assumed["maintenance_window_minimum"]
    for number, window in enumerate(analysis.scenario.maintenance_windows):
        members = analysis.ever_members[window.collection]
        if window.length < short and members:
            what = f"evaluations of {plural(len(members), 'device')} of {window.collection} wait"
            what += f" for a window of {format_duration(window.length)}, and so do the download and"
            what += " the installation"
            advice = f"make it {format_duration(short)} or more, or write"
            advice += " evaluation_outside_windows: true"
            loc: Loc = ("maintenance_windows", number, "length")
            yield analysis.find("LNT-703", loc, what, advice, devices=members)
