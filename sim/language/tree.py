"""The parsed form of `expect:` and `when:`: frozen nodes, one walk over them, and their text.

`expressions` parses them, `measures` and `judging` compute their values.
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sim.language.moments import Moment
from sim.units import Seconds, format_duration

Comparator = Literal["==", "!=", "<", "<=", ">", ">="]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One label of a series: `collection='Pilot'` or `cause!=workspace_missing`."""

    label: str
    value: str
    equal: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """A measure in one view, narrowed by filters: a number over time."""

    view: Literal["device", "console", "portal"]
    measure: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesAt:
    """The value of a series at one instant; `when` None means the end of the run."""

    series: Series
    when: Moment | None


@dataclass(frozen=True, slots=True)
class SeriesOver:
    """The smallest, largest or time-weighted mean value of a series between two instants."""

    function: Literal["min", "max", "mean"]
    series: Series
    start: Moment | None
    end: Moment | None


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number; a duration is held in seconds, a percentage in percent (0 to 100)."""

    value: float
    unit: Literal["", "duration", "%"] = ""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The sum or difference of two numbers."""

    operator: Literal["+", "-"]
    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class TimeTo:
    """The time from the start until a condition is first met; with `for`, until that time ends."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Probability:
    """The share of replications in which a condition is met, 0 to 1."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A percentile, the mean or the median of a number over replications.

    `name` is `p1` to `p99`, `mean`, `median` or `half width`.
    """

    name: str
    of: "Term"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two numbers compared; with `hold` the comparison must last that long."""

    left: "Term"
    operator: Comparator
    right: "Term"
    hold: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """Conditions joined by `and` or `or`; `and` binds tighter."""

    operator: Literal["and", "or"]
    parts: tuple["Condition", ...]


Term = Series | SeriesAt | SeriesOver | Number | Arithmetic | TimeTo | Probability | Statistic
Condition = Comparison | Combination


Node = Condition | Term


def walk(node: Node, skip: tuple[type[Node], ...] = ()) -> Iterator[Node]:
    """Yield a condition or a term and all its parts, each before its own parts, left to right.

    Parts of the types in *skip* are left out with everything below them.

    >>> [unparse(node) for node in walk(TimeTo(Comparison(Number(1), "<", Number(2))))]
    ['time to (1 < 2)', '1 < 2', '1', '2']
    """
    if isinstance(node, skip):
        return
    yield node
    for part in _parts(node):
        yield from walk(part, skip)


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Combination):
        return node.parts
    if isinstance(node, Comparison | Arithmetic):
        return node.left, node.right
    if isinstance(node, TimeTo | Probability):
        return (node.condition,)
    if isinstance(node, SeriesAt | SeriesOver):
        return (node.series,)
    return (node.of,) if isinstance(node, Statistic) else ()


def series_in(node: Node) -> tuple[Series, ...]:
    """Return every series of a condition or a term once, in the order of their places."""
    return tuple(dict.fromkeys(part for part in walk(node) if isinstance(part, Series)))


def unparse(node: Condition | Term) -> str:
    """Write a condition or a term as canonical text; parsing it again gives the same tree.

    >>> unparse(Comparison(Series("device", "failed"), "<", Number(2.0)))
    'device.failed < 2'
    """
    if isinstance(node, Combination):
        return f" {node.operator} ".join(_part(part, node) for part in node.parts)
    if isinstance(node, Comparison):
        hold = f" for {format_duration(node.hold)}" if node.hold is not None else ""
        return f"{unparse(node.left)} {node.operator} {unparse(node.right)}{hold}"
    return _term(node)


def _part(part: Condition, whole: Combination) -> str:
    tighter = isinstance(part, Comparison) or (part.operator == "and" and whole.operator == "or")
    return unparse(part) if tighter else f"({unparse(part)})"


def _term(node: Term) -> str:
    if isinstance(node, Arithmetic):
        right = unparse(node.right)
        right = f"({right})" if isinstance(node.right, Arithmetic) else right
        return f"{unparse(node.left)} {node.operator} {right}"
    if isinstance(node, TimeTo):
        return f"time to ({unparse(node.condition)})"
    if isinstance(node, Probability):
        return f"probability ({unparse(node.condition)})"
    if isinstance(node, Statistic):
        return f"{node.name} of ({unparse(node.of)})"
    return _number(node) if isinstance(node, Number) else _series_term(node)


def _series_term(node: Series | SeriesAt | SeriesOver) -> str:
    if isinstance(node, SeriesAt):
        return f"{_series(node.series)} at {_when(node.when)}"
    if isinstance(node, SeriesOver):
        span = f"from {_when(node.start)} to {_when(node.end)}"
        return f"{node.function} of {_series(node.series)} {span}"
    return _series(node)


def _series(series: Series) -> str:
    view = "" if series.view == "console" else f"{series.view}."
    filters = ", ".join(map(_filter, series.filters))
    return f"{view}{series.measure}" + (f"{{{filters}}}" if filters else "")


def _filter(narrowing: Filter) -> str:
    label, value = narrowing.label, narrowing.value
    quote = '"' if "'" in value else "'"
    return f"{label}{'=' if narrowing.equal else '!='}{quote}{value}{quote}"


def _when(moment: Moment | None) -> str:
    return "end" if moment is None else str(moment)


def _number(number: Number) -> str:
    if number.unit == "duration":
        return format_duration(int(number.value))
    text = f"{Decimal(repr(number.value)):f}".removesuffix(".0")
    return f"{text} %" if number.unit == "%" else text
