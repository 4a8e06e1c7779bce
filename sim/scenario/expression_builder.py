"""From text to the tree of an expression, with the columns of its parts for later complaints."""

from dataclasses import dataclass, field
from typing import Any, cast

from sim.errors import Problem
from sim.scenario import expression_labels as labels
from sim.scenario.expression_advice import advice
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
from sim.scenario.grammars import TextRefused, Token, Transformer, parse
from sim.scenario.moments import Moment, parse_moment
from sim.scenario.names import Names
from sim.units import parse_duration
from sim.vocabulary import MEASURES

MAX_TERMS = 40
MOST = 10**12
"""No number of a rollout is larger."""

_WORDS = {
    "NAME": "a measure", "NUMBER": "a number", "DURATION": "a duration", "OPERATOR": "a comparison",
    "AT": '"at"', "AND": '"and"', "OR": '"or"', "FOR": '"for"', "OF": '"of"', "FROM": '"from"',
    "TO": '"to"', "WIDTH": '"width"', "END": '"end"', "DATE": "a date",
    "LPAR": '"("', "RPAR": '")"', "RBRACE": '"}"', "COMMA": '","',
    "EQUALITY": '"=" or "!="', "BARE": "a value", "QUOTED": "a quoted value",
}  # fmt: skip

Columns = dict[int, int]
"""The column of each node of one tree, by the node's identity; valid while the tree lives."""


@dataclass(frozen=True, slots=True)
class Built:
    """The tree of an expression, its columns, and what its names and moments have wrong."""

    condition: Condition | None
    problems: tuple[Problem, ...]
    columns: Columns = field(default_factory=dict)


def build(text: str, names: Names) -> Built:
    """Read *text*; an unreadable one has no condition, unknown names leave one."""
    try:
        tree = parse(text, "expression_grammar.lark", _WORDS, advice)
    except TextRefused as error:
        return Built(None, (error.problem,))
    builder = _Builder(names)
    condition = builder.transform(tree)
    return Built(condition, tuple(builder.problems), builder.columns)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


class _Builder(Transformer[Token, Any]):
    """Builds nodes from the leaves up and notes what it finds wrong on the way."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.problems: list[Problem] = []
        self.columns: Columns = {}

    def _placed(self, node: Any, column: int) -> Any:
        self.columns[id(node)] = column
        return node

    def _of(self, node: Any) -> int:
        return self.columns[id(node)]

    def _note(self, problem: Problem | None) -> None:
        if problem is not None:
            self.problems.append(problem)

    def start(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def any_of(self, parts: list[Condition]) -> Condition:
        return cast(Condition, self._placed(Combination("or", tuple(parts)), self._of(parts[0])))

    def all_of(self, parts: list[Condition]) -> Condition:
        return cast(Condition, self._placed(Combination("and", tuple(parts)), self._of(parts[0])))

    def compared(self, parts: list[Any]) -> Condition:
        left, operator, right = parts
        node = Comparison(left, cast(Any, str(operator)), right)
        return cast(Condition, self._placed(node, self._of(left)))

    def held(self, parts: list[Any]) -> Condition:
        left, operator, right, hold = parts
        node = Comparison(left, cast(Any, str(operator)), right, self._duration(hold))
        if node.hold == 0:
            self._note(Problem(f"column {_column(hold)}: no hold is shorter than a second"))
        return cast(Condition, self._placed(node, self._of(left)))

    def sum(self, parts: list[Any]) -> Term:
        total = parts[0]
        if len(parts) > 2 * MAX_TERMS:
            expected = f"at most {MAX_TERMS} terms"
            self._note(Problem(f"column {self._of(total)}: the sum is too long", "", expected))
            return cast(Term, total)
        for sign, term in zip(parts[1::2], parts[2::2], strict=True):
            column = self._of(total)
            total = self._placed(Arithmetic(cast(Any, str(sign)), total, term), column)
        return cast(Term, total)

    def probability(self, parts: list[Any]) -> Term:
        return cast(Term, self._placed(Probability(parts[1]), _column(parts[0])))

    def time_to(self, parts: list[Any]) -> Term:
        return cast(Term, self._placed(TimeTo(parts[1]), _column(parts[0])))

    def statistic(self, parts: list[Any]) -> Term:
        name = "half width" if parts[0] == "half" else str(parts[0])
        return cast(Term, self._placed(Statistic(name, parts[1]), _column(parts[0])))

    def at(self, parts: list[Any]) -> Term:
        series, when = parts
        return cast(Term, self._placed(SeriesAt(series, when), self._of(series)))

    def over(self, parts: list[Any]) -> Term:
        function, series, start, end = parts
        node = SeriesOver(cast(Any, str(function)), series, start, end)
        return cast(Term, self._placed(node, _column(function)))

    def number(self, parts: list[Any]) -> Term:
        value, percent = parts
        if float(value) > MOST:
            self._note(Problem(f"column {_column(value)}: the number is too large"))
        node = Number(float(value), "%" if percent else "")
        return cast(Term, self._placed(node, _column(value)))

    def duration(self, parts: list[Token]) -> Term:
        node = Number(float(self._duration(parts[0])), "duration")
        return cast(Term, self._placed(node, _column(parts[0])))

    def _duration(self, token: Token) -> int:
        try:
            return parse_duration(str(token))
        except ValueError as error:
            self._note(Problem(f'column {_column(token)}: "{token}" is {error}'))
            return 1

    def when(self, parts: list[Token]) -> Moment | None:
        token = parts[0]
        if token.type == "END":
            return None
        try:
            return parse_moment(str(token))
        except (ValueError, OverflowError):
            expected = "write end, 14 d, 1 d 09:00 or 2026-03-20"
            self._note(Problem(f'column {_column(token)}: "{token}" is no moment', "", expected))
            return None

    def series(self, parts: list[Any]) -> Series:
        view, measure, *filters = parts
        start = _column(view if view is not None else measure)
        name = str(measure)
        if view is not None:
            self._note(labels.view_problem(str(view), start))
        self._note(labels.measure_problem(name, _column(measure)))
        chosen = tuple(self._filter(name, one) for one in filters if one is not None)
        node = Series(cast(Any, str(view or "console")), name, chosen)
        return cast(Series, self._placed(node, start))

    def filter(self, parts: list[Token]) -> list[Token]:
        return parts

    def _filter(self, measure: str, parts: list[Token]) -> Filter:
        label, equality, value = parts
        text = str(value)[1:-1] if value.type == "QUOTED" else str(value)
        problem = None
        if measure in MEASURES:
            problem = labels.label_problem(measure, str(label), _column(label))
            if problem is None:
                problem = labels.value_problem(str(label), text, self.names, _column(value))
        self._note(problem)
        return Filter(str(label), text, str(equality) == "=")
