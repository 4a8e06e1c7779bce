"""The tally: feeds on rows of the log and keeps, for each view, who counts under which profile.

It remembers every change of profile with its instant, so that any series can be read at any time
afterwards, and keeps current counts, so that a gate can be judged while the run goes on.

The value of a measure at an instant t is: everything before t, and what the site itself did at t
(plan steps, membership); not what devices did in the second t.

A tally that follows a run while it goes on, so that gates see what the console shows.
"""

from array import array
from collections import Counter
from heapq import heappop, heappush
from operator import mul
from typing import NamedTuple

from sim.eventlog import CAUSE_NAMES, PLAN, SITE_EVENTS, EventLog, LogTables, LogWriter
from sim.language.tree import Series
from sim.measures.device_table import DeviceKind, DeviceTable
from sim.measures.facts import DeviceView, Milestones, view_at_start
from sim.measures.status import Profile, profile_of
from sim.measures.transitions import CHANGES, MARKS, Change, Event, Mark
from sim.measures.weights import SliceFilter, split_series, value, weights
from sim.units import Seconds
from sim.vocabulary import EVENTS, VIEWS

ABSENT = -1
"""The profile number of a device that a view does not count."""

_NOBODY = -1
_NEVER: Seconds = 1 << 62

Codes = tuple[int, ...]
"""What a row says: the codes of event, cause, rule, policy, payload, collection and step."""


class ViewCounts:
    """One view: how many devices count under each profile, and all changes in order of time."""

    def __init__(self) -> None:
        self.keys = array("q")
        """Twice the time, plus one for what devices did: orders changes around an instant."""
        self.before = array("i")
        self.after = array("i")
        self.current: Counter[int] = Counter()

    def change(self, key: int, before: int, after: int) -> None:
        """Move one device from one profile to another."""
        self.keys.append(key)
        self.before.append(before)
        self.after.append(after)
        if before != ABSENT:
            self.current[before] -= 1
        if after != ABSENT:
            self.current[after] += 1


class _Meaning(NamedTuple):
    """What a row's codes mean to whomever they concern."""

    news: Event
    change: Change | None
    mark: Mark | None
    is_device: bool
    """Whether the device did it, so that it is felt from the next second on."""
    next_states: dict[int, int]
    """The state that each state met so far becomes by it."""


class Tally:
    """Counters of one run, complete up to the last row that was fed.

    Many devices are in the same state and hear the same news: what becomes of a state, and how it
    counts, is worked out once and looked up ever after.
    """

    def __init__(self, roster: DeviceTable, tables: LogTables) -> None:
        self.roster = roster
        self.tables = tables
        self.payloads = {name: policy.payload for name, policy in roster.policies.items()}
        """What each policy hands out by now."""
        self.milestones = [Milestones() for _ in roster.devices]
        self.views = tuple(ViewCounts() for _ in VIEWS)
        known = roster.memory.workings(tables)
        self._profiles, self._states = known.profiles, known.states
        self._meanings: dict[Codes, _Meaning] = known.meanings
        self._weights, self._narrowings = known.weights, known.narrowings
        self._state_of = [self._states.number(view_at_start(one)) for one in roster.devices]
        self._counts_of = [known.counts.setdefault(one.kind, {}) for one in roster.devices]
        self._counted: list[tuple[int, ...]] = [(ABSENT,) * len(VIEWS)] * len(roster.devices)
        self._support_ends = sorted(
            (record.support_ends, number)
            for number, record in enumerate(roster.devices)
            if record.support_ends is not None
        )
        self._next_end = 0
        self._end_due = self._support_ends[0][0] if self._support_ends else _NEVER
        self._pending_device, self._pending_key = _NOBODY, 0
        self._watched: set[int] | None = None
        for number in range(len(roster.devices)):
            self._count(number, 0)

    @property
    def profiles(self) -> list[Profile]:
        """The profiles known so far, by number: of this run, and of others of the same roster."""
        return self._profiles.values

    def profiles_met(self) -> set[Profile]:
        """Return the profiles under which a device of this run has counted."""
        numbers = set().union(*(view.after for view in self.views)) - {ABSENT}
        return {self.profiles[number] for number in numbers}

    def known(self, device: int) -> DeviceView:
        """Return what is known of a device after the last row."""
        return self._states.values[self._state_of[device]]

    def kind(self, device: int) -> DeviceKind:
        """Return what is fixed about a device, by what was set during the run so far."""
        return self.roster.kind(device, self.known(device).overrides)

    def feed(self, row: tuple[int, ...]) -> None:
        """Take one row of codes; rows must come in order of time, the site's first."""
        time, device, codes = row[0], row[1], row[2:9]
        if time >= self._end_due:
            self.pass_time(time)
        if device == PLAN:
            self._take_step(row)
            return
        meaning = self._meanings.get(codes) or self._understand(codes)
        _, change, mark, is_device, next_states = meaning
        if change is None:
            if mark is not None:
                mark(self.milestones[device], time)
            return
        key = 2 * time + is_device
        if device != self._pending_device or key != self._pending_key:
            # Rows of one device at one instant change its profile once, after the last of them.
            self.settle()
            self._pending_device, self._pending_key = device, key
        if mark is not None:
            mark(self.milestones[device], time)
        state = self._state_of[device]
        after = next_states.get(state)
        self._state_of[device] = self._step(state, meaning) if after is None else after

    def pass_time(self, time: Seconds) -> None:
        """Let devices whose support ends by *time* leave eligibility (OS-3, when enforced)."""
        if time < self._end_due:
            return
        self.settle()
        while self._end_due <= time:
            device = self._support_ends[self._next_end][1]
            ended = self.known(device)._replace(support_over=True)
            self._state_of[device] = self._states.number(ended)
            self._count(device, max(0, 2 * self._end_due))
            self._next_end += 1
            has_more = self._next_end < len(self._support_ends)
            self._end_due = self._support_ends[self._next_end][0] if has_more else _NEVER

    def _take_step(self, row: tuple[int, ...]) -> None:
        """Note what a step of the plan changes about a policy, for all its devices (UPD-2)."""
        update = self.roster.updates.get(self.tables.steps.names[row[8]])
        if update is not None and EVENTS[row[2]] == "step_done":
            policy, payload = update
            self.payloads[policy] = payload

    def watch(self) -> set[int]:
        """Return a set into which every device goes that changes from now on; at first all."""
        self._watched = set(range(len(self.roster.devices)))
        return self._watched

    def profile_in(self, device: int, view: str) -> Profile | None:
        """Return what a device counts under in a view now; None when the view leaves it out."""
        number = self._counted[device][VIEWS.index(view)]
        return None if number == ABSENT else self.profiles[number]

    def settle(self) -> None:
        """Count the device whose rows came last under its new profile."""
        if self._pending_device != _NOBODY:
            self._count(self._pending_device, self._pending_key)
            self._pending_device = _NOBODY

    def current(self, series: Series) -> float | None:
        """Return the value of a series now; None when it has no data."""
        self.settle()
        numerator, denominator = self.weights_of(series)
        counts = self.views[VIEWS.index(series.view)].current
        top = sum(count * numerator[profile] for profile, count in counts.items())
        if denominator is None:
            return value(top, None)
        return value(top, sum(n * denominator[profile] for profile, n in counts.items()))

    def weights_of(self, series: Series) -> tuple[list[int], list[int] | None]:
        """Return the series' weight of every profile met so far, numerator and denominator."""
        known = self._weights.setdefault(series, ([], None if weights(series)[1] is None else []))
        since = len(known[0])
        if since == len(self.profiles):
            return known
        slices, label, rest = split_series(series)
        if rest == series:
            for own, weight in zip(known, weights(series), strict=True):
                if own is not None and weight is not None:
                    own.extend(map(weight, self.profiles[since:]))
            return known
        kept, labelled = self._kept(slices), self._kept(label)
        top, bottom = self.weights_of(rest)
        known[0].extend(map(mul, map(mul, top[since:], kept[since:]), labelled[since:]))
        if known[1] is not None and bottom is not None:
            known[1].extend(map(mul, bottom[since:], kept[since:]))
        return known

    def _kept(self, narrowing: SliceFilter) -> list[int]:
        """Return 1 for every profile met so far that something keeps, else 0."""
        known = self._narrowings.setdefault(narrowing, [])
        if not narrowing.filters:
            known.extend([1] * (len(self.profiles) - len(known)))
        known.extend(int(narrowing.keeps(one)) for one in self.profiles[len(known) :])
        return known

    def _understand(self, codes: Codes) -> _Meaning:
        """Put a row's codes into words, once."""
        event, cause, rule, policy, payload, collection, step = codes
        tables, name = self.tables, EVENTS[event]
        news = Event(
            event=name,
            cause=CAUSE_NAMES[cause],
            rule=tables.rules.names[rule],
            policy=tables.policies.names[policy],
            payload=tables.payloads.names[payload],
            collection=tables.collections.names[collection],
            sharing=self.roster.sharing.get(tables.steps.names[step], ""),
            package=self.roster.scripts.get(tables.steps.names[step], ""),
            sets=self.roster.patches.get(tables.steps.names[step], ()),
        )
        is_device = event not in SITE_EVENTS
        mark = None if name == "targeted" and news.package else MARKS.get(name)
        meaning = _Meaning(news, CHANGES.get(name), mark, is_device, {})
        self._meanings[codes] = meaning
        return meaning

    def _step(self, state: int, meaning: _Meaning) -> int:
        """Work out, once, what a state becomes by some news."""
        assert meaning.change is not None
        after = meaning.change(self._states.values[state], meaning.news, self.roster.policies)
        number = meaning.next_states[state] = self._states.number(after)
        return number

    def _count(self, device: int, key: int) -> None:
        """Count a device under the profiles of its present state, where they changed."""
        state = self._state_of[device]
        after = self._counts_of[device].get(state) or self._profile(device, state)
        before = self._counted[device]
        if after is before:
            return
        self._counted[device] = after
        if self._watched is not None:
            self._watched.add(device)
        for view, old, new in zip(self.views, before, after, strict=True):
            if old != new:
                view.change(key, old, new)

    def _profile(self, device: int, state: int) -> tuple[int, ...]:
        """Work out, once, how a state counts in each view for devices of one kind."""
        known = self._states.values[state]
        kind = self.roster.kind(device, known.overrides)
        found = [profile_of(kind, known, view, self.roster.policies) for view in VIEWS]
        numbers = tuple(ABSENT if one is None else self._profiles.number(one) for one in found)
        if not known.overrides:
            self._counts_of[device][state] = numbers
        return numbers


def replay(log: EventLog, roster: DeviceTable) -> Tally:
    """Return the tally of a whole log."""
    import numpy as np

    tally = Tally(roster, log.tables)
    columns = log.columns
    is_device = ~np.isin(columns["event"], sorted(SITE_EVENTS))
    order = np.lexsort((columns["device"], is_device, columns["time"]))
    lists = [columns[name][order].tolist() for name in columns]
    for row in zip(*lists, strict=True):
        tally.feed(row)
    tally.pass_time(log.horizon - 1)
    tally.settle()
    return tally


class LiveTally:
    """Reads new rows from a writer and keeps rows that lie ahead until their time has come."""

    def __init__(self, roster: DeviceTable, writer: LogWriter, *, watches: bool = False) -> None:
        """Follow a run; with *watches* the devices that change are remembered for `changed`."""
        self._tally = Tally(roster, writer.tables)
        self._changed = self._tally.watch() if watches else set()
        self._columns = writer.columns
        self._read = 0
        self._waiting: list[tuple[int, bool, int, int]] = []

    def advance(self, now: Seconds) -> None:
        """Take in everything before *now* and what the site itself did at *now*."""
        times, devices, events = self._columns[:3]
        for row in range(self._read, len(times)):
            is_device = events[row] not in SITE_EVENTS
            heappush(self._waiting, (times[row], is_device, devices[row], row))
        self._read = len(times)
        while self._waiting and self._waiting[0][:2] < (now, True):
            row = heappop(self._waiting)[3]
            self._tally.feed(tuple(column[row] for column in self._columns))
        self._tally.pass_time(now)

    def changed(self) -> list[int]:
        """Return the devices that have changed in any view since this was asked last, in order."""
        self._tally.settle()
        found = sorted(self._changed)
        self._changed.clear()
        return found

    def cause_in_console(self, device: int) -> str:
        """Return why the console shows a device not to be as wanted; empty when it is."""
        self._tally.settle()
        profile = self._tally.profile_in(device, "console")
        return "" if profile is None else profile.cause

    def current(self, series: Series) -> float | None:
        """Return a measure as it is now; None when it has no data."""
        return self._tally.current(series)
