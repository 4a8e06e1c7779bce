"""The parsed form of `expect:` and `when:`: frozen nodes, printed back as canonical text.

The grammar and its types live in `expressions`; the values are computed by `tally` and
`analysis`. Nothing here is ever evaluated as Python.
"""

from dataclasses import dataclass
from typing import Literal

from sim.scenario.moments import Moment
from sim.units import Seconds

Comparator = Literal["==", "!=", "<", "<=", ">", ">="]


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
    """The time from the start until a condition first holds; with `for`, to the end of the hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Probability:
    """The share of replications in which a condition holds, 0 to 1."""

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


def parts_of(node: Condition | Term) -> tuple[Condition | Term, ...]:
    """Return the conditions and terms right below a node; none below a series or a number."""
    if isinstance(node, Combination):
        return node.parts
    if isinstance(node, Comparison | Arithmetic):
        return node.left, node.right
    if isinstance(node, TimeTo | Probability):
        return (node.condition,)
    return (node.of,) if isinstance(node, Statistic) else ()


def series_in(node: Condition | Term) -> tuple[Series, ...]:
    """Return every series that a condition or a term speaks of, once, in order of their places."""
    if isinstance(node, Series):
        return (node,)
    if isinstance(node, SeriesAt | SeriesOver):
        return (node.series,)
    below = (one for part in parts_of(node) for one in series_in(part))
    return tuple(dict.fromkeys(below))
