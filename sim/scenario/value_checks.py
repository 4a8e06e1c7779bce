"""What the checks of a scenario work with, and the checks of its values.

The values are zones, horizon, steps, windows, moments, assumptions and patches. The checks that tie
names together are in `reference_checks`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.errors import UnusableInput, nearest
from sim.language.moments import Moment
from sim.language.query_parser import fits
from sim.language.tree import Condition, Probability, SeriesAt, SeriesOver, Statistic, walk
from sim.language.types import Names, unknown_value
from sim.reference.assumptions import Assumption
from sim.reference.traits import RESULT_COLUMNS, TRAITS, TraitKind
from sim.reference.versions import client_version_number
from sim.scenario.calendar import SiteClock, time_zone_names
from sim.scenario.model import ParsedConditions, Scenario, names_of, parse_conditions
from sim.scenario.steps import Deploy, Patch, parse_after
from sim.scenario.yaml_text import Loc
from sim.units import DAY, HOUR, MILLION, MINUTE, format_duration, parse_duration, parse_share


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A contradiction between parts of a scenario, with its place in the tree."""

    loc: Loc
    what: str
    expected: str = ""
    suggestion: str = ""


@dataclass(frozen=True)
class CheckContext:
    """A scenario to check, and the parts of it that could not be read."""

    scenario: Scenario
    folder: Path | None = None
    """The folder of the scenario's files; None if they are not looked for."""
    unreadable: frozenset[tuple[str, str]] = frozenset()
    """Section and name of items that were left out; the name `*` stands for a whole section."""

    def names_in(self, section: str) -> tuple[str, ...] | None:
        """Return the names declared in *section*; None when it could not be read."""
        if (section, "*") in self.unreadable:
            return None
        declared = [item.name for item in self.items(section) if item.name]
        return (*declared, *(name for place, name in self.unreadable if place == section))

    def items(self, section: str) -> tuple[Any, ...]:
        """Return the items of *section*, administrators included."""
        if section == "administrators":
            return self.scenario.site.administrators
        items: tuple[Any, ...] = getattr(self.scenario, section)
        return items

    @cached_property
    def names(self) -> Names:
        """What expressions may name, items that were left out included."""
        names = names_of(self.scenario)
        payloads = None if self._is_unreadable("packages", "fleet") else names.payloads
        locations = None if self._is_unreadable("locations", "fleet") else names.locations
        return Names(
            collections=self.names_in("collections"),
            policies=self.names_in("policies"),
            payloads=payloads,
            packages=self.names_in("packages"),
            locations=locations,
            operating_systems=names.operating_systems,
        )

    @cached_property
    def parsed(self) -> ParsedConditions:
        """The scenario's gates and expectations by their places, or what is wrong with them."""
        return parse_conditions(self.scenario, self.names)

    def _is_unreadable(self, *sections: str) -> bool:
        return any(section in sections for section, _ in self.unreadable)

    @cached_property
    def clock(self) -> SiteClock:
        """The site's clock; in UTC when its time zone is unknown."""
        zone = self.scenario.site.time_zone
        return SiteClock(self.scenario.start, zone if zone in time_zone_names() else "UTC")


def unknown(loc: Loc, kind: str, name: str, names: tuple[str, ...]) -> Inconsistency:
    """Return the finding that no *kind* has this *name*."""
    problem = unknown_value(kind, name, names)
    return Inconsistency(loc, problem.what, problem.expected, problem.suggestion)


def circles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle once, from its first name in order and back to it.

    >>> list(circles({"a": ["b"], "b": ["a"], "c": ["a"]}))
    [('a', 'b', 'a')]
    """
    done: set[str] = set()
    for name in edges:
        if name not in done:
            yield from _circles_from(name, edges, done)


def _circles_from(
    name: str, edges: Mapping[str, Sequence[str]], done: set[str]
) -> Iterator[tuple[str, ...]]:
    path = [name]
    waiting = [iter(edges[name])]
    while path:
        below = next(waiting[-1], None)
        if below is None:
            done.add(path.pop())
            waiting.pop()
        elif below in path:
            yield (*path[path.index(below) :], below)
        elif below in edges and below not in done:
            path.append(below)
            waiting.append(iter(edges[below]))


MIN_WINDOW = 5 * MINUTE
MAX_WINDOW = DAY
MIN_INTERVAL = MINUTE
MIN_EVALUATION = HOUR
_RECURS = ("weekly", "daily", "monthly")
_FIRST_YEAR = 1980
_LAST_YEAR = 9990
MAX_HORIZON = 36_525 * DAY
MAX_INSTANTS = 50_000
"""Reporting instants of one run: hourly for five years. Each takes some kilobytes of memory."""


def unknown_time_zones(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each time zone that the pinned tzdata package does not have."""
    zones: list[tuple[Loc, str | None]] = [(("site", "time_zone"), context.scenario.site.time_zone)]
    for position, location in enumerate(context.scenario.locations):
        zones.append((("locations", position, "time_zone"), location.time_zone))
    for loc, zone in zones:
        if zone is not None and zone not in time_zone_names():
            suggestion = nearest(zone, time_zone_names())
            expected = "a name such as Europe/London"
            yield Inconsistency(loc, f'unknown time zone "{zone}"', expected, suggestion)


def unusable_horizon(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the horizon and the reporting interval."""
    horizon, interval = context.scenario.horizon, context.scenario.reporting.interval
    if horizon == 0:
        yield Inconsistency(("horizon",), "the horizon is zero", "write 60 d")
    elif horizon > MAX_HORIZON:
        yield Inconsistency(
            ("horizon",), "the horizon is too far away", "at most 36525 d, a century"
        )
    elif context.scenario.start.year >= _LAST_YEAR:
        yield Inconsistency(("start",), f"the start is not before the year {_LAST_YEAR}")
    elif context.scenario.start.year < _FIRST_YEAR:
        yield Inconsistency(("start",), f"the start is before the year {_FIRST_YEAR}")
    elif datetime(_LAST_YEAR, 1, 1) - context.scenario.start < timedelta(seconds=horizon):
        yield Inconsistency(("horizon",), f"the horizon is after the year {_LAST_YEAR}")
    loc: Loc = ("reporting", "interval")
    if interval < MIN_INTERVAL:
        yield Inconsistency(loc, "the interval is too short", "at least 1 min")
    elif horizon <= MAX_HORIZON and horizon // interval > MAX_INSTANTS:
        least = format_duration(-(-horizon // MAX_INSTANTS))
        yield Inconsistency(loc, "the interval is too short for this horizon", f"at least {least}")
    elif interval > horizon > 0:
        what = "the interval is longer than the horizon"
        yield Inconsistency(loc, what, f"at most {format_duration(horizon)}")


def seconds_of(context: CheckContext, moment: Moment) -> int:
    """Return *moment* in seconds since the start; beyond every horizon if outside the calendar."""
    try:
        return context.clock.seconds(moment)
    except OverflowError:
        return 10**15


def steps_out_of_time(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each step that would never happen: before the start, or not before the horizon."""
    horizon = context.scenario.horizon
    if context.scenario.start.year >= _LAST_YEAR:
        return  # the start is the mistake
    for position, step in enumerate(context.scenario.plan):
        if step.at is None:
            continue
        at = seconds_of(context, step.at)
        loc: Loc = ("plan", position, "at")
        if at < 0:
            yield Inconsistency(loc, f"{step.at} is before the start", "a step happens after it")
        elif at >= horizon > 0:
            what = f"{step.at} is not before the horizon of {format_duration(horizon)}"
            yield Inconsistency(loc, what, "the step would never happen")


def steps_after_steps(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each `after:` that names no step, or waits for itself in a circle."""
    names = context.names_in("plan")
    if names is None:
        return
    plan = context.scenario.plan
    waits: dict[str, tuple[str, ...]] = {}
    places: dict[str, Loc] = {}
    for position, step in enumerate(plan):
        loc: Loc = ("plan", position, "after")
        name = parse_after(step.after)[0] if step.after is not None else None
        if name is not None and name not in names:
            yield _unknown_step(loc, step.after or "", name, names)
        if step.name is not None:
            waits[step.name] = (name,) if name else ()
            places[step.name] = loc
    for circle in circles(waits):
        what = f"the step waits for itself in a circle: {' > '.join(circle)}"
        yield Inconsistency(places[circle[0]], what, "one of them needs at: or when:")


def _unknown_step(loc: Loc, written: str, name: str, names: tuple[str, ...]) -> Inconsistency:
    finding = unknown(loc, "step", name, names)
    expected = finding.expected if name != written else "write STEP + DURATION"
    return Inconsistency(loc, finding.what, expected, finding.suggestion)


def unusable_windows(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each maintenance window without one beginning, under 5 minutes or over a day."""
    for position, window in enumerate(context.scenario.maintenance_windows):
        written = [key for key in _RECURS if getattr(window, key) is not None]
        if len(written) != 1:
            what = "the window says not when it begins"
            if written:
                what = f"{' and '.join(written)} are two ways to say when the window begins"
            expected = "exactly one of weekly, daily and monthly"
            place: Loc = ("maintenance_windows", position, *written[1:2])
            yield Inconsistency(place, what, expected)
        if not MIN_WINDOW <= window.length <= MAX_WINDOW:
            loc: Loc = ("maintenance_windows", position, "length")
            what = f"a maintenance window of {format_duration(window.length)}"
            yield Inconsistency(loc, what, "between 5 min and 24 h")


def packages_out_of_time(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each package whose last day lies before the day of its download (OFF-2)."""
    for position, package in enumerate(context.items("packages")):
        last, downloaded = package.valid_until, package.downloaded
        if last is not None and downloaded is not None and last < downloaded:
            what = f"the last day of the file, {last}, lies before its download on {downloaded}"
            yield Inconsistency(
                ("packages", position, "valid_until"), what, "the day in the name of the file"
            )


def rushed_evaluations(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each deployment whose policy is evaluated more often than every hour (TIM-10)."""
    for position, step in enumerate(context.scenario.plan):
        every = step.evaluate_every if isinstance(step, Deploy) else None
        if every is not None and every < MIN_EVALUATION:
            what = f"a policy is not evaluated every {format_duration(every)}"
            loc: Loc = ("plan", position, "evaluate_every")
            yield Inconsistency(loc, what, "at least 1 h; the console offers hours and days")


def wrong_expressions(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with each `when:` and each expectation."""
    for loc, condition in context.parsed.items():
        if isinstance(condition, UnusableInput):
            for problem in condition.problems:
                yield Inconsistency(loc, problem.what, problem.expected, problem.suggestion)
        else:
            for what, expected in _untimely(context, condition):
                yield Inconsistency(loc, what, expected)


def useless_confidence(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each `confidence:` that cannot be reached, or that has nothing to be about."""
    for position, expectation in enumerate(context.scenario.expect):
        loc: Loc = ("expect", position, "confidence")
        condition = context.parsed["expect", position, "expr"]
        if expectation.confidence in (0, MILLION):
            what = "no result has this confidence"
            yield Inconsistency(loc, what, "a share such as 95 %")
        elif isinstance(condition, UnusableInput) or expectation.confidence is None:
            continue
        elif not any(isinstance(part, Probability | Statistic) for part in walk(condition)):
            what = "nothing in this expectation is taken over several replications"
            expected = "a confidence goes with a probability, a percentile, a mean or a median"
            yield Inconsistency(loc, what, expected)


def _untimely(context: CheckContext, condition: Condition) -> Iterator[tuple[str, str]]:
    for node in walk(condition):
        if isinstance(node, SeriesAt):
            yield from _outside(context, node.when)
        elif isinstance(node, SeriesOver):
            yield from _outside(context, node.start)
            yield from _outside(context, node.end)
            begin, end = _seconds(context, node.start), _seconds(context, node.end)
            if begin >= end:
                what = "is empty" if begin == end else "ends before it begins"
                yield f"the period {what}", "write from WHEN to a later WHEN"


def _outside(context: CheckContext, moment: Moment | None) -> Iterator[tuple[str, str]]:
    seconds, horizon = _seconds(context, moment), context.scenario.horizon
    if seconds < 0:
        yield f"{moment} is before the start", ""
    elif seconds > horizon:
        yield f"{moment} is after the horizon", f"the horizon is {format_duration(horizon)}"


def _seconds(context: CheckContext, moment: Moment | None) -> int:
    return context.scenario.horizon if moment is None else seconds_of(context, moment)


Assumptions = Mapping[str, Assumption]

MAX_ASSUMPTION = 10**12

_WRITTEN = {
    "s": "a duration such as 90 min",
    "share": "a share such as 5 %",
    "version": 'a version such as "2403"',
}


def read_assumption(unit: str, value: object) -> int:
    """Return the value of an overridden assumption as the integer that the table holds.

    Durations are read as seconds, shares as parts per million, versions as their number; anything
    else is a whole number, zero or more. Raises ValueError when *value* is not written like that.
    """
    if unit == "s" and isinstance(value, str):
        return parse_duration(value)
    if unit == "share" and isinstance(value, str):
        return parse_share(value)
    if unit == "version" and isinstance(value, str) and len(value) == 4 and value.isdecimal():
        return int(value)
    if unit not in _WRITTEN and type(value) is int and value >= 0:
        return value
    raise ValueError("not written like a value of this unit")


def assumption_overrides(scenario: Scenario, table: Assumptions) -> dict[str, int]:
    """Return the assumptions that *scenario* overrides, as integers by name.

    Raises ValueError or KeyError for what the loader would have refused.
    """
    return {
        name: read_assumption(table[name].unit, value)
        for name, value in scenario.assumptions.items()
    }


def wrong_assumptions(scenario: Scenario, table: Assumptions) -> Iterator[Inconsistency]:
    """Yield each override that *table* has no assumption for, or whose value does not fit it."""
    for name, value in scenario.assumptions.items():
        loc: Loc = ("assumptions", name)
        if name not in table:
            suggestion = nearest(name, tuple(table))
            yield Inconsistency(loc, "unknown assumption", "", suggestion)
            continue
        unit, least = table[name].unit, table[name].least
        try:
            number = read_assumption(unit, value)
        except ValueError:
            expected = _WRITTEN.get(unit, f"a whole number ({unit}), zero or more")
            if unit not in _WRITTEN and isinstance(value, str) and value[:1].isdecimal():
                expected += ", without quotes or a unit"
            yield Inconsistency(loc, "not a value of this assumption", f"write {expected}")
            continue
        if number > MAX_ASSUMPTION:
            expected = f"at most {MAX_ASSUMPTION} {unit}"
            yield Inconsistency(loc, "the value is too large to simulate", expected)
        elif number < least:
            expected = f"at least {least} {unit}"
            yield Inconsistency(loc, "the value is too small to simulate", expected)


def wrong_patches(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each trait that cannot be patched, or not to that value."""
    for position, step in enumerate(context.scenario.plan):
        if isinstance(step, Patch):
            loc: Loc = ("plan", position, "patch")
            if not step.patch:
                yield Inconsistency(loc, "nothing to patch", "write {TRAIT: VALUE}")
            for name, value in step.patch.items():
                yield from _patch((*loc, name), name, value)


def _patch(loc: Loc, name: str, value: Any) -> Iterator[Inconsistency]:
    trait = TRAITS.get(name)
    patchable = tuple(name for name, trait in TRAITS.items() if trait.patchable)
    if trait is None and name not in RESULT_COLUMNS:
        expected = f"one of {', '.join(patchable)}"
        yield Inconsistency(loc, "unknown trait", expected, nearest(name, patchable))
    elif trait is None or not trait.patchable:
        what = "this cannot be patched"
        yield Inconsistency(loc, what, "a patch changes what is installed, set or reachable")
    elif name == "client_version" and not _is_client_version(value):
        expected = "such as '2403' or '5.00.9128'"
        yield Inconsistency(loc, "not a version of the ConfigMgr client", expected)
    elif not fits(trait, value):
        words = f"one of {', '.join(trait.words)}"
        expected = words if trait.kind is TraitKind.WORD else trait.kind.value
        yield Inconsistency(loc, f"not a value of {name}", expected, _near(value, trait.words))


def _is_client_version(value: Any) -> bool:
    try:
        client_version_number(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _near(value: Any, words: tuple[str, ...]) -> str:
    return nearest(value, words) if isinstance(value, str) else ""
