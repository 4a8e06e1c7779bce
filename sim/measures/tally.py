"""The tally: reads the rows of a log and counts, for each view, the devices under each profile.

It stores every change of profile with its time, so that any series can be read at any time
afterwards. It also holds the current counts, so that gates can be checked during the run.

The value of a measure at time t includes everything before t and what the site itself did at t
(plan steps, membership). It does not include what devices did in second t.
"""

from array import array
from collections import Counter
from collections.abc import Hashable
from heapq import heappop, heappush
from operator import mul
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from sim.eventlog import CAUSE_NAMES, PLAN, SITE_EVENTS, EventLog, LogTables, LogWriter
from sim.language.tree import Series
from sim.measures.device_table import DeviceKind, DeviceTable
from sim.measures.status import DeviceView, Milestones, Profile, profile_of, view_at_start
from sim.measures.transitions import MILESTONES, TRANSITIONS, Event, Milestone, Transition
from sim.measures.weights import SliceFilter, split_series, value, weights
from sim.units import Seconds
from sim.vocabulary import EVENTS, VIEWS

Value = TypeVar("Value", bound=Hashable)


class Numbering(Generic[Value]):
    """Numbers values in the order in which they are added; equal values share a number."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def number(self, value: Value) -> int:
        """Return the number of a value; a new value gets the next number."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number


ABSENT = -1
"""The profile number of a device that a view does not count."""

_NO_DEVICE = -1
_NEVER: Seconds = 1 << 62

_MAX_STATES = 200_000
_MAX_WEIGHTS = 10_000_000

Codes = tuple[int, ...]
"""A row without its time and device: event, cause, rule, policy, payload, collection, step."""


class ViewCounts:
    """One view: the number of devices under each profile, and all changes in order of time."""

    def __init__(self) -> None:
        self.keys = array("q")
        """Twice the time, plus one for what devices did: the site's changes come first."""
        self.before = array("i")
        self.after = array("i")
        self.current: Counter[int] = Counter()

    def move(self, key: int, before: int, after: int) -> None:
        """Move one device from one profile to another."""
        self.keys.append(key)
        self.before.append(before)
        self.after.append(after)
        if before != ABSENT:
            self.current[before] -= 1
        if after != ABSENT:
            self.current[after] += 1


class Meaning(NamedTuple):
    """What a row's codes mean, for any device."""

    event: Event
    transition: Transition | None
    milestone: Milestone | None
    is_device: bool
    """Whether the device did it, so that measures include it from the next second on."""
    next_states: dict[int, int]
    """The next state for each state that has met this event so far."""


class TallyCache:
    """Results that depend only on the device table and the tables of codes, not on the run.

    Many devices, in many replications, have the same state and meet the same events. All tallies of
    one experiment share a cache: the next state, its profiles and their weights are computed once.
    """

    def __init__(self) -> None:
        self.profiles: Numbering[Profile] = Numbering()
        self.states: Numbering[DeviceView] = Numbering()
        self.counts: dict[DeviceKind, dict[int, tuple[int, ...]]] = {}
        """The profile of each state in each view, for devices of one kind."""
        self.meanings: dict[Codes, Meaning] = {}
        self.weights: dict[Series, tuple[list[int], list[int] | None]] = {}
        """The weight of each profile in a series, by profile number: numerator, denominator."""
        self.kept: dict[SliceFilter, list[int]] = {}
        """Whether a filter keeps each profile, by profile number."""

    def __reduce__(self) -> tuple[type["TallyCache"], tuple[()]]:
        """Pickle as an empty cache: another process fills its own."""
        return TallyCache, ()

    @property
    def is_large(self) -> bool:
        """Whether the next run should start with an empty cache, so that memory stays bounded."""
        weights = len(self.weights) * len(self.profiles.values)
        return weights > _MAX_WEIGHTS or len(self.states.values) > _MAX_STATES


class Tally:
    """The counts of one run, complete up to the last row."""

    def __init__(
        self, device_table: DeviceTable, tables: LogTables, cache: TallyCache | None = None
    ) -> None:
        """Start before the first row; *cache* comes from other runs of the same preparation."""
        self.device_table = device_table
        self.tables = tables
        self.payloads = {name: policy.payload for name, policy in device_table.policies.items()}
        """The payload that each policy deploys now."""
        self.milestones = [Milestones() for _ in device_table.devices]
        self.views = tuple(ViewCounts() for _ in VIEWS)
        self._cache = cache = TallyCache() if cache is None else cache
        devices = device_table.devices
        self._states = [cache.states.number(view_at_start(record)) for record in devices]
        self._counts_of = [cache.counts.setdefault(record.kind, {}) for record in devices]
        self._counted: list[tuple[int, ...]] = [(ABSENT,) * len(VIEWS)] * len(devices)
        self._support_ends = sorted(
            (record.support_ends, number)
            for number, record in enumerate(devices)
            if record.support_ends is not None
        )
        self._next_end = 0
        self._end_due = self._support_ends[0][0] if self._support_ends else _NEVER
        self._pending_device, self._pending_key = _NO_DEVICE, 0
        self._watched: set[int] | None = None
        for number in range(len(devices)):
            self._count(number, 0)

    @property
    def profiles(self) -> list[Profile]:
        """All profiles in the cache, by number: of this run and of others that share the cache."""
        return self._cache.profiles.values

    def run_profiles(self) -> set[Profile]:
        """Return the profiles that any device of this run has had."""
        numbers = set().union(*(view.after for view in self.views)) - {ABSENT}
        return {self.profiles[number] for number in numbers}

    def state_of(self, device: int) -> DeviceView:
        """Return the state of a device after the last row."""
        return self._cache.states.values[self._states[device]]

    def kind(self, device: int) -> DeviceKind:
        """Return what is fixed about a device, with the traits that the run has set so far."""
        return self.device_table.kind(device, self.state_of(device).overrides)

    def feed(self, row: tuple[int, ...]) -> None:
        """Count one row of codes. Rows must come in order of time, the site's first."""
        time, device, codes = row[0], row[1], row[2:9]
        if time >= self._end_due:
            self.pass_time(time)
        if device == PLAN:
            self._take_step(row)
            return
        meaning = self._cache.meanings.get(codes) or self._decode(codes)
        _, transition, milestone, is_device, next_states = meaning
        if transition is None:
            if milestone is not None:
                milestone(self.milestones[device], time)
            return
        key = 2 * time + is_device
        if device != self._pending_device or key != self._pending_key:
            # A device that has several rows in one second changes its profile once, after the last.
            self.count_pending()
            self._pending_device, self._pending_key = device, key
        if milestone is not None:
            milestone(self.milestones[device], time)
        state = self._states[device]
        after = next_states.get(state)
        self._states[device] = self._next_state(state, meaning) if after is None else after

    def pass_time(self, time: Seconds) -> None:
        """Make devices whose support ends by *time* not eligible (OS-3, when enforced)."""
        if time < self._end_due:
            return
        self.count_pending()
        while self._end_due <= time:
            device = self._support_ends[self._next_end][1]
            ended = self.state_of(device)._replace(support_over=True)
            self._states[device] = self._cache.states.number(ended)
            self._count(device, max(0, 2 * self._end_due))
            self._next_end += 1
            has_more = self._next_end < len(self._support_ends)
            self._end_due = self._support_ends[self._next_end][0] if has_more else _NEVER

    def _take_step(self, row: tuple[int, ...]) -> None:
        """Set the payload of a policy that a step of the plan updates (UPD-2)."""
        update = self.device_table.updates.get(self.tables.steps.names[row[8]])
        if update is not None and EVENTS[row[2]] == "step_done":
            policy, payload = update
            self.payloads[policy] = payload

    def watch(self) -> set[int]:
        """Return a set to which every change adds its device; it starts with all devices."""
        self._watched = set(range(len(self.device_table.devices)))
        return self._watched

    def profile_in(self, device: int, view: str) -> Profile | None:
        """Return a device's profile in a view now; None when the view does not count it."""
        number = self._counted[device][VIEWS.index(view)]
        return None if number == ABSENT else self.profiles[number]

    def count_pending(self) -> None:
        """Count the device of the last row under its new profile."""
        if self._pending_device != _NO_DEVICE:
            self._count(self._pending_device, self._pending_key)
            self._pending_device = _NO_DEVICE

    def current(self, series: Series) -> float | None:
        """Return the current value of a series; None when it has no data."""
        self.count_pending()
        numerator, denominator = self.weights_of(series)
        counts = self.views[VIEWS.index(series.view)].current
        top = sum(count * numerator[profile] for profile, count in counts.items())
        if denominator is None:
            return value(top, None)
        return value(top, sum(n * denominator[profile] for profile, n in counts.items()))

    def weights_of(self, series: Series) -> tuple[list[int], list[int] | None]:
        """Return the weight of every profile in a series: numerator and denominator.

        The lists belong to the cache and grow with the profiles: only new profiles are weighed.
        """
        cache = self._cache
        cached = cache.weights.setdefault(series, ([], None if weights(series)[1] is None else []))
        since = len(cached[0])
        if since == len(self.profiles):
            return cached
        # A sliced series is the product of three cached lists: the series without filters, the
        # slices, and its own label. So a hundred collections of twenty measures cost a hundred
        # filters and twenty series, not two thousand evaluations for each profile.
        slices, label, rest = split_series(series)
        if rest == series:
            for own, weight in zip(cached, weights(series), strict=True):
                if own is not None and weight is not None:
                    own.extend(map(weight, self.profiles[since:]))
            return cached
        kept, labelled = self._kept(slices), self._kept(label)
        top, bottom = self.weights_of(rest)
        cached[0].extend(map(mul, map(mul, top[since:], kept[since:]), labelled[since:]))
        if cached[1] is not None and bottom is not None:
            # The label does not narrow the denominator of a percentage.
            cached[1].extend(map(mul, bottom[since:], kept[since:]))
        return cached

    def _kept(self, slice_filter: SliceFilter) -> list[int]:
        """Return 1 for every profile that a filter keeps, else 0."""
        cached = self._cache.kept.setdefault(slice_filter, [])
        new = self.profiles[len(cached) :]
        if not slice_filter.filters:
            cached.extend([1] * len(new))
        else:
            cached.extend(int(slice_filter.keeps(profile)) for profile in new)
        return cached

    def _decode(self, codes: Codes) -> Meaning:
        """Return what a row's codes mean, and cache it."""
        event_code, cause, rule, policy, payload, collection, step = codes
        tables, name = self.tables, EVENTS[event_code]
        step_name = tables.steps.names[step]
        event = Event(
            name=name,
            cause=CAUSE_NAMES[cause],
            rule=tables.rules.names[rule],
            policy=tables.policies.names[policy],
            payload=tables.payloads.names[payload],
            collection=tables.collections.names[collection],
            sharing=self.device_table.sharing.get(step_name, ""),
            package=self.device_table.scripts.get(step_name, ""),
            sets=self.device_table.patches.get(step_name, ()),
        )
        is_device = event_code not in SITE_EVENTS
        milestone = None if name == "targeted" and event.package else MILESTONES.get(name)
        meaning = Meaning(event, TRANSITIONS.get(name), milestone, is_device, {})
        self._cache.meanings[codes] = meaning
        return meaning

    def _next_state(self, state: int, meaning: Meaning) -> int:
        """Return the state that follows a state and an event, and cache it."""
        assert meaning.transition is not None
        states, policies = self._cache.states, self.device_table.policies
        after = meaning.transition(states.values[state], meaning.event, policies)
        number = meaning.next_states[state] = states.number(after)
        return number

    def _count(self, device: int, key: int) -> None:
        """Count a device under the profiles of its current state, where they changed."""
        state = self._states[device]
        after = self._counts_of[device].get(state) or self._profile_numbers(device, state)
        before = self._counted[device]
        if after is before:
            return
        self._counted[device] = after
        if self._watched is not None:
            self._watched.add(device)
        for view, old, new in zip(self.views, before, after, strict=True):
            if old != new:
                view.move(key, old, new)

    def _profile_numbers(self, device: int, state_number: int) -> tuple[int, ...]:
        """Return the profile of a state in each view; cached for all devices of the same kind."""
        state = self._cache.states.values[state_number]
        kind, policies = self.kind(device), self.device_table.policies
        profiles = (profile_of(kind, state, view, policies) for view in VIEWS)
        numbers = tuple(
            ABSENT if profile is None else self._cache.profiles.number(profile)
            for profile in profiles
        )
        if not state.overrides:
            self._counts_of[device][state_number] = numbers
        return numbers


def replay(log: EventLog, device_table: DeviceTable, cache: TallyCache | None = None) -> Tally:
    """Return the tally of a whole log."""
    tally = Tally(device_table, log.tables, cache)
    columns = log.columns
    is_device = ~np.isin(columns["event"], sorted(SITE_EVENTS))
    order = np.lexsort((columns["device"], is_device, columns["time"]))
    lists = [columns[name][order].tolist() for name in columns]
    for row in zip(*lists, strict=True):
        tally.feed(row)
    tally.pass_time(log.horizon - 1)
    tally.count_pending()
    return tally


class LiveTally:
    """Follows a run in progress, so that gates and the support desk see the console."""

    def __init__(
        self,
        device_table: DeviceTable,
        writer: LogWriter,
        cache: TallyCache | None = None,
        *,
        watches: bool = False,
    ) -> None:
        """Start to follow a run; *watches* records the devices that change, for `changed`."""
        self._tally = Tally(device_table, writer.tables, cache)
        self._changed = self._tally.watch() if watches else set()
        self._columns = writer.columns
        self._read = 0
        self._waiting: list[tuple[int, bool, int, int]] = []
        """Rows that are still in the future, as a heap: time, site first, device, row number."""

    def advance(self, now: Seconds) -> None:
        """Count everything before *now* and what the site itself did at *now*."""
        times, devices, events = self._columns[:3]
        for row in range(self._read, len(times)):
            is_device = events[row] not in SITE_EVENTS
            heappush(self._waiting, (times[row], is_device, devices[row], row))
        self._read = len(times)
        while self._waiting and self._waiting[0][:2] < (now, True):
            time, _, _, row = heappop(self._waiting)
            if times[row] == time:  # or it was taken back
                self._tally.feed(tuple(column[row] for column in self._columns))
        self._tally.pass_time(now)

    def changed(self) -> list[int]:
        """Return the devices that have changed in any view since the last call, in order."""
        self._tally.count_pending()
        devices = sorted(self._changed)
        self._changed.clear()
        return devices

    def cause_in_console(self, device: int) -> str:
        """Return the cause that the console shows for a device; empty when there is none."""
        self._tally.count_pending()
        profile = self._tally.profile_in(device, "console")
        return "" if profile is None else profile.cause

    def current(self, series: Series) -> float | None:
        """Return the current value of a series; None when it has no data."""
        return self._tally.current(series)
