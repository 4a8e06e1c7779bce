"""What to write instead, where an expression cannot be read: slips that people make, each by name.

A parser knows what may come next; a planner who wrote `at 14 days` wants to hear of `14 d`.

From text to the tree of an expression, with the columns of its parts for later complaints.

Expressions of `expect:` and `when:`: text in, typed tree out, or every problem with its column.

The grammar stands in `expression_grammar.lark`, the types in `expression_types`, the closed lists
in `expression_labels`. Nothing is ever evaluated as Python.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from lark import Token, Transformer

from sim.errors import Problem, UnusableInput, nearest
from sim.language import labels
from sim.language.grammar import TextRefused, parse
from sim.language.labels import Names
from sim.language.moments import Moment, parse_moment
from sim.language.tree import (
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
    unparse,
)
from sim.language.types import Context, type_problems
from sim.units import parse_duration
from sim.vocabulary import MEASURES

_OPERATOR = r"(?:[<>]=?|[=!]=)"
_PERCENTILES = "percentiles are p1 to p99, written small: p90 of (time to (coverage_pct >= 90))"
_UNITS = "units are s, min, h, d and w, as in 14 d"
_FIGURES = "p[1-9][0-9]?|mean|median|half width"
_PERIOD = "of one run: max of failed from 1 d to 14 d, or failed at 14 d"

_AT = 'write "at 14 d" or "at end"'
_QUOTES = "a value with a blank stands in quotes: failed{collection='All endpoints'}"

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class _Slip:
    """What stands before the place that does not fit, what begins there, and what to write."""

    before: str
    here: str
    advice: str | Callable[[Match, Match], str]


def _quoted(text: str) -> str:
    return f'write "{text}"'


_FUNCTIONS = ("probability", "time to", "mean of", "median of", "half width of", "max of", "min of")


def _of_functions(before: Match, here: Match) -> str:
    """Return the function that a word may mean; empty where none is near."""
    meant = nearest(" ".join(filter(None, (before[1], here[1]))), _FUNCTIONS)
    return f'did you mean "{meant}"?' if meant else ""


def _of_thousands(before: Match, here: Match) -> str:
    whole = f"write {before[1]}{here[1].replace(',', '')}, without separators"
    if here[1].count(",") > 1:
        return whole
    return f"{whole}, or {before[1]}.{here[1][1:]} where it stands for decimals"


def _of_brackets(before: Match, here: Match) -> str:
    return f"write {before[1]} of (...)"


_SLIPS = (
    _Slip("", r"=([<>])", lambda _, here: f"write {here[1]}="),
    _Slip(r"(?:[^{}]|\{[^{}]*\})*", r"=", "write == for equal, >= for at least"),
    _Slip(r".*\{[^}]*=\s*", r"=", "in braces one = is enough"),
    _Slip("", r"[≥⩾]|≧", "write >="),
    _Slip("", r"[≤⩽]|≦", "write <="),
    _Slip("", r"≠|<>", "write !="),
    _Slip("", r"&&?|\+\+", 'write "and"'),
    _Slip("", r"\|\|?", 'write "or"'),
    _Slip("", r"(AND|OR|AT|END|FOR|OF|FROM|TO|WIDTH)\b", lambda _, here: _quoted(here[1].lower())),
    _Slip(r"(?:.*\W)?(?:P\d+|p0|p\d{3,}|p\d+\.)\s*", "", _PERCENTILES),
    _Slip(r".*\b(?:[Aa]verage|avg|Mean|MEAN)\s*", r"of\b|\(", 'write "mean of (...)"'),
    _Slip(r".*\b(max|min)(?:\s+of)?\s*", r"\(", _PERIOD),
    _Slip(r".*\b(?:max|min)\s+of\b[^(]*", rf"at\b|{_OPERATOR}", _PERIOD),
    _Slip(rf".*\b({_FIGURES})\s*", r"\(|(?!of\b)[a-z]", _of_brackets),
    _Slip(rf".*\b({_FIGURES})\s+of\s+", r"\w", _of_brackets),
    _Slip(r".*\b(mean)\s+of\b[^(]*", r"at\b", _of_brackets),
    _Slip(
        r".*\b(?:mean|median|p[1-9][0-9]?) of\b.*",
        rf"{_OPERATOR}.*\)",
        "it takes a number; of a condition there is the probability (...)",
    ),
    _Slip(r".*\b(probability|time to)\s*", r"\w", lambda before, _: f"write {before[1]} (...)"),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s+", r"(to|of)\b", _of_functions),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s*", r"()\(", _of_functions),
    _Slip(r".*\bat\s*", r"\d+(?:\.\d+)?\s*(?:$|[-+)<>=!])", "a time has a unit: at 21 d"),
    _Slip(r".*", r"\d*\s*(?:sec|second|minute|hour|hr|day|wk|week|month|mo|year|yr)s?\b", _UNITS),
    _Slip(rf".*{_OPERATOR}[^{{]*", r"at\b", "when stands before: coverage_pct at 21 d >= 85"),
    _Slip(r"[^{]*", r"(?:after|on|by|in|when|within|until)\s+(?:\d|day|end)", _AT),
    _Slip(r".*\d\s*", r"devices?\b", "leave the unit out"),
    _Slip(r".*\d\s*", r"per\s?cent\b", "write %"),
    _Slip(r".*", r"-\s*\d", "a number has no sign: write 0 - 1 for one below 0"),
    _Slip(r".*\d", r"[eE][-+]?\d", "write the number out"),
    _Slip(r".*\{[^}'\"]*=\s*[^'\"{}=,\s]+\s+", r"[^}=,\s]", _QUOTES),
    _Slip(r".*\bat\s*", r"\d+[./]\d+[./]\d+", "a date is written 2026-03-20"),
    _Slip(r"\s*(?:not|NOT)\s*|.*\b(?:and|or)\s+not\s*", "", "turn the comparison round instead"),
    _Slip(r"(?:.*\D)?([1-9]\d{0,2})", r"((?:,\d{3})+)(?![\d,])", _of_thousands),
    _Slip(r".*\d", r",\d", "write decimals with a point"),
    _Slip(r".*\w\s*", r"[(\[]\s*\w+\s*!?=", "labels stand in braces: failed{collection='Pilot'}"),
    _Slip(rf".*{_OPERATOR}.*", _OPERATOR, 'write two comparisons with "and" between'),
    _Slip(r".*", r"between\b", 'write two comparisons with "and" between'),
    _Slip(r".*", r"(?:is|equals)\b", "write =="),
    _Slip(r".*", r"[*/]", "numbers are added and taken from each other, no more"),
)


def advice(text: str, position: int) -> str:
    """Return what to write instead of what stands at a position of *text*; empty if unknown.

    >>> advice("coverage_pct at 14 days >= 90", 16)
    'units are s, min, h, d and w, as in 14 d'
    >>> advice("coverage_pct at end = 90", 20)
    'write == for equal, >= for at least'
    """
    head, rest = text[:position], text[position:]
    for slip in _SLIPS:
        before = re.fullmatch(slip.before or ".*", head, re.DOTALL)
        here = re.match(slip.here, rest)
        if before is not None and here is not None:
            told = slip.advice if isinstance(slip.advice, str) else slip.advice(before, here)
            if told:
                return told
    return ""


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


def build_tree(text: str, names: Names) -> Built:
    """Read *text*; an unreadable one has no condition, unknown names leave one."""
    try:
        tree = parse(text, "expression_grammar.lark", _WORDS, advice)
    except TextRefused as error:
        return Built(None, (error.problem,))
    builder = _ExpressionBuilder(names)
    condition = builder.transform(tree)
    return Built(condition, tuple(builder.problems), builder.columns)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


class _ExpressionBuilder(Transformer[Token, Any]):
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


__all__ = [
    "parse_expectation",
    "parse_gate",
    "parse_number",
    "unparse",
]


def parse_expectation(text: str, vocabulary: Names) -> Condition:
    """Read an expectation such as `coverage_pct at 30 d >= 95`.

    Every value must say when or over what it is taken. Raises UnusableInput with all problems.
    """
    return _parse(text, vocabulary, Context.EXPECTATION)


def parse_gate(text: str, vocabulary: Names) -> Condition:
    """Read a gate such as `failed_pct{collection='Pilot'} < 2 for 24 h`, where a series means now.

    Raises UnusableInput with all problems.
    """
    return _parse(text, vocabulary, Context.GATE)


def parse_number(text: str, vocabulary: Names, each: bool = False) -> Term:
    """Read a number such as `coverage_pct at 30 d` or `time to (coverage_pct >= 90)`.

    With *each* it must have a value in each replication, so that none over several may stand in
    it. Raises UnusableInput with all problems.
    """
    built = build_tree(f"{text} == 0", vocabulary)
    if not isinstance(built.condition, Comparison) or built.condition.hold is not None:
        alone = build_tree(text, vocabulary)
        what = Problem("this is no number", expected="write one such as coverage_pct at 30 d")
        raise UnusableInput([what] if alone.condition is not None else alone.problems)
    term = built.condition.left
    itself = Comparison(term, "==", term)
    built.columns[id(itself)] = 1
    context = Context.EACH if each else Context.EXPECTATION
    problems = [*built.problems, *type_problems(itself, context, built.columns)]
    if problems:
        raise UnusableInput(dict.fromkeys(problems))
    return term


def _parse(text: str, vocabulary: Names, context: Context) -> Condition:
    built = build_tree(text, vocabulary)
    problems: list[Problem] = list(built.problems)
    if built.condition is not None:
        problems.extend(type_problems(built.condition, context, built.columns))
    if problems or built.condition is None:
        raise UnusableInput(problems)
    return built.condition
