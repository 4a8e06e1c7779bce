"""Expressions as canonical text: parsing it again gives the same tree."""

from decimal import Decimal

from sim.scenario.expression_tree import (
    Arithmetic,
    Combination,
    Comparison,
    Condition,
    Filter,
    Number,
    Probability,
    Series,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    TimeTo,
)
from sim.scenario.moments import Moment
from sim.units import format_duration


def unparse(node: Condition | Term) -> str:
    """Write a condition or a term as canonical text.

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
    filters = ", ".join(_filter(one) for one in series.filters)
    return f"{view}{series.measure}" + (f"{{{filters}}}" if filters else "")


def _filter(one: Filter) -> str:
    quote = '"' if "'" in one.value else "'"
    return f"{one.label}{'=' if one.equal else '!='}{quote}{one.value}{quote}"


def _when(moment: Moment | None) -> str:
    return "end" if moment is None else str(moment)


def _number(number: Number) -> str:
    if number.unit == "duration":
        return format_duration(int(number.value))
    text = f"{Decimal(repr(number.value)):f}".removesuffix(".0")
    return f"{text} %" if number.unit == "%" else text
