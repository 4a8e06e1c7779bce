"""The tally: feeds on rows of the log and keeps, for each view, who counts under which profile.

It remembers every change of profile with its instant, so that any series can be read at any time
afterwards, and keeps current counts, so that a gate can be judged while the run goes on.

The value of a measure at an instant t is: everything before t, and what the site itself did at t
(plan steps, membership); not what devices did in the second t.
"""

from array import array
from collections import Counter

from sim.eventlog import CAUSE_NAMES, PLAN, SITE_EVENTS, EventLog, LogTables
from sim.scenario.expression_tree import Series
from sim.tally.changes import CHANGES, Row
from sim.tally.facts import Facts
from sim.tally.judgement import Profile, profile_of
from sim.tally.measures import value, weights
from sim.tally.roster import Roster
from sim.units import Seconds
from sim.vocabulary import EVENTS, VIEWS

ABSENT = -1
"""The profile number of a device that a view does not count."""

_ALL_VIEWS: tuple[int, ...] = (0, 1, 2)
_VIEWS_TOUCHED: dict[str, tuple[int, ...]] = {"reported": (1,), "portal_seen": (2,)}


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


class Tally:
    """Counters of one run, complete up to the last row that was fed."""

    def __init__(self, roster: Roster, tables: LogTables) -> None:
        self.roster = roster
        self.tables = tables
        self.facts = [Facts(record) for record in roster.devices]
        self.profiles: list[Profile] = []
        self.views = tuple(ViewCounts() for _ in VIEWS)
        self._numbers: dict[Profile, int] = {}
        self._profile_of = [[ABSENT] * len(self.facts) for _ in VIEWS]
        self._weights: dict[Series, tuple[list[int], list[int] | None]] = {}
        self._support_ends = sorted(
            (record.support_ends, number)
            for number, record in enumerate(roster.devices)
            if record.support_ends is not None
        )
        self._next_end = 0
        self._pending: tuple[int, int, tuple[int, ...]] = (ABSENT, 0, ())
        """The device whose rows are being fed, the instant, and the views they may change."""
        for number in range(len(self.facts)):
            self._refresh(number, 0, _ALL_VIEWS)

    def feed(self, row: tuple[int, ...]) -> None:
        """Take one row of codes; rows must come in order of time, the site's first."""
        time, device, event = row[0], row[1], row[2]
        self.pass_time(time)
        name = EVENTS[event]
        change = CHANGES.get(name)
        if device == PLAN or change is None:
            return
        is_site = event in SITE_EVENTS
        facts = self.facts[device]
        views = _VIEWS_TOUCHED.get(name, (0,))
        if is_site or facts.record.support_ends is not None:
            views = _ALL_VIEWS
        self._note(device, 2 * time + (not is_site), views)
        change(facts, self._in_words(row, name), self.roster)

    def pass_time(self, time: Seconds) -> None:
        """Let devices whose support ends by *time* leave eligibility (OS-3, when enforced)."""
        while self._next_end < len(self._support_ends):
            self.settle()
            end, device = self._support_ends[self._next_end]
            if end > time:
                return
            self._next_end += 1
            self.facts[device].support_over = True
            self._refresh(device, max(0, 2 * end), _ALL_VIEWS)

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
        top, bottom = weights(series)
        fresh = self.profiles[len(known[0]) :]
        known[0].extend(top(profile) for profile in fresh)
        if known[1] is not None and bottom is not None:
            known[1].extend(bottom(profile) for profile in fresh)
        return known

    def settle(self) -> None:
        """Count the device whose rows came last under its new profile."""
        device, key, views = self._pending
        if device != ABSENT:
            self._refresh(device, key, views)
            self._pending = (ABSENT, 0, ())

    def _note(self, device: int, key: int, views: tuple[int, ...]) -> None:
        """Rows of one device at one instant change its profile once, after the last of them."""
        if self._pending != (device, key, views):
            self.settle()
            self._pending = (device, key, views)

    def _in_words(self, row: tuple[int, ...], event: str) -> Row:
        tables = self.tables
        return Row(
            time=row[0],
            event=event,
            cause=CAUSE_NAMES[row[3]],
            rule=tables.rules.names[row[4]],
            policy=tables.policies.names[row[5]],
            payload=tables.payloads.names[row[6]],
            collection=tables.collections.names[row[7]],
        )

    def _refresh(self, device: int, key: int, views: tuple[int, ...]) -> None:
        facts = self.facts[device]
        for view in views:
            profile = profile_of(facts, VIEWS[view], self.roster)
            after = ABSENT if profile is None else self._number(profile)
            before = self._profile_of[view][device]
            if after != before:
                self._profile_of[view][device] = after
                self.views[view].change(key, before, after)

    def _number(self, profile: Profile) -> int:
        number = self._numbers.get(profile)
        if number is None:
            number = self._numbers[profile] = len(self.profiles)
            self.profiles.append(profile)
        return number


def replay(log: EventLog, roster: Roster) -> Tally:
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
