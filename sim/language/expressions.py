"""Expressions of `expect:` and `when:`: text in, a typed tree out, or all problems with columns.

The grammar is in `expression_grammar.lark`, the names and types in `types`. Where a
text does not fit the grammar, a table of common slips says what to write instead: a parser knows
only what may come next, but a planner who wrote `at 14 days` needs to read `14 d`. Nothing is
ever evaluated as Python.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from lark import Token, Transformer

from sim.errors import Problem, UnusableInput, nearest
from sim.language import tree, types
from sim.language.grammar import parse
from sim.language.moments import Moment, parse_moment
from sim.language.types import Context, Names, type_problems
from sim.units import parse_duration
from sim.vocabulary import MEASURES, VIEWS

_OPERATOR = r"(?:[<>]=?|[=!]=)"
_PERCENTILES = "percentiles are p1 to p99, in lower case: p90 of (time to (coverage_pct >= 90))"
_UNITS = "units are s, min, h, d and w, as in 14 d"
_FIGURES = "p[1-9][0-9]?|mean|median|half width"
_PERIOD = "of one run: max of failed from 1 d to 14 d, or failed at 14 d"

_AT = 'write "at 14 d" or "at end"'
_QUOTES = "a value with a space needs quotes: failed{collection='All endpoints'}"

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class _Slip:
    """Patterns of the text before and after the place that does not fit, and what to write."""

    before: str
    here: str
    advice: str | Callable[[Match, Match], str]


def _quoted(text: str) -> str:
    return f'write "{text}"'


_FUNCTIONS = ("probability", "time to", "mean of", "median of", "half width of", "max of", "min of")


def _function_hint(before: Match, here: Match) -> str:
    """Return the function that a misspelled word is near to; empty if none is."""
    function = nearest(" ".join(filter(None, (before[1], here[1]))), _FUNCTIONS)
    return f'did you mean "{function}"?' if function else ""


def _separators_hint(before: Match, here: Match) -> str:
    whole = f"write {before[1]}{here[1].replace(',', '')}, without separators"
    if here[1].count(",") > 1:
        return whole
    return f"{whole}, or {before[1]}.{here[1][1:]} if the comma stands for decimals"


def _brackets_hint(before: Match, here: Match) -> str:
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
    _Slip(rf".*\b({_FIGURES})\s*", r"\(|(?!of\b)[a-z]", _brackets_hint),
    _Slip(rf".*\b({_FIGURES})\s+of\s+", r"\w", _brackets_hint),
    _Slip(r".*\b(mean)\s+of\b[^(]*", r"at\b", _brackets_hint),
    _Slip(
        r".*\b(?:mean|median|p[1-9][0-9]?) of\b.*",
        rf"{_OPERATOR}.*\)",
        "it takes a number; for a condition write probability (...)",
    ),
    _Slip(r".*\b(probability|time to)\s*", r"\w", lambda before, _: f"write {before[1]} (...)"),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s+", r"(to|of)\b", _function_hint),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s*", r"()\(", _function_hint),
    _Slip(r".*\bat\s*", r"\d+(?:\.\d+)?\s*(?:$|[-+)<>=!])", "a time has a unit: at 21 d"),
    _Slip(r".*", r"\d*\s*(?:sec|second|minute|hour|hr|day|wk|week|month|mo|year|yr)s?\b", _UNITS),
    _Slip(
        rf".*{_OPERATOR}[^{{]*",
        r"at\b",
        "the time comes first: coverage_pct at 21 d >= 85",
    ),
    _Slip(r"[^{]*", r"(?:after|on|by|in|when|within|until)\s+(?:\d|day|end)", _AT),
    _Slip(r".*\d\s*", r"devices?\b", "leave the unit out"),
    _Slip(r".*\d\s*", r"per\s?cent\b", "write %"),
    _Slip(r".*", r"-\s*\d", "a number has no sign: write 0 - 1 for -1"),
    _Slip(r".*\d", r"[eE][-+]?\d", "write the number out"),
    _Slip(r".*\{[^}'\"]*=\s*[^'\"{}=,\s]+\s+", r"[^}=,\s]", _QUOTES),
    _Slip(r".*\bat\s*", r"\d+[./]\d+[./]\d+", "a date is written 2026-03-20"),
    _Slip(r"\s*(?:not|NOT)\s*|.*\b(?:and|or)\s+not\s*", "", "reverse the comparison instead"),
    _Slip(r"(?:.*\D)?([1-9]\d{0,2})", r"((?:,\d{3})+)(?![\d,])", _separators_hint),
    _Slip(r".*\d", r",\d", "write decimals with a point"),
    _Slip(r".*\w\s*", r"[(\[]\s*\w+\s*!?=", "labels go in braces: failed{collection='Pilot'}"),
    _Slip(rf".*{_OPERATOR}.*", _OPERATOR, 'write two comparisons with "and" between'),
    _Slip(r".*", r"between\b", 'write two comparisons with "and" between'),
    _Slip(r".*", r"(?:is|equals)\b", "write =="),
    _Slip(r".*", r"[*/]", "numbers can only be added and subtracted"),
)


def advice(text: str, position: int) -> str:
    """Return what to write instead at a position of *text*; empty if unknown.

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
            hint = slip.advice if isinstance(slip.advice, str) else slip.advice(before, here)
            if hint:
                return hint
    return ""


MAX_TERMS = 40
MAX_NUMBER = 10**12
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
class ExpressionTree:
    """The tree of an expression, its columns, and the problems of its names and moments."""

    condition: tree.Condition | None
    problems: tuple[Problem, ...]
    columns: Columns = field(default_factory=dict)


def build_tree(text: str, names: Names) -> ExpressionTree:
    """Parse *text*. The tree has no condition where the text is no expression at all."""
    try:
        built = parse(text, "expression_grammar.lark", _WORDS, advice)
    except UnusableInput as error:
        return ExpressionTree(None, error.problems)
    builder = _ExpressionBuilder(names)
    condition = builder.transform(built)
    return ExpressionTree(condition, tuple(builder.problems), builder.columns)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


class _ExpressionBuilder(Transformer[Token, Any]):
    """Builds nodes from the leaves up and collects problems on the way."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.problems: list[Problem] = []
        self.columns: Columns = {}

    def _placed(self, node: Any, first: Any) -> Any:
        """Return a node; it begins where its *first* part, a token or a node, begins."""
        is_token = isinstance(first, Token)
        self.columns[id(node)] = _column(first) if is_token else self.columns[id(first)]
        return node

    def _note(self, problem: Problem | None) -> None:
        if problem is not None:
            self.problems.append(problem)

    def start(self, parts: list[tree.Condition]) -> tree.Condition:
        return parts[0]

    def any_of(self, parts: list[tree.Condition]) -> Any:
        return self._placed(tree.Combination("or", tuple(parts)), parts[0])

    def all_of(self, parts: list[tree.Condition]) -> Any:
        return self._placed(tree.Combination("and", tuple(parts)), parts[0])

    def compared(self, parts: list[Any]) -> Any:
        left, operator, right = parts
        return self._placed(tree.Comparison(left, cast(Any, str(operator)), right), left)

    def held(self, parts: list[Any]) -> Any:
        left, operator, right, hold = parts
        node = tree.Comparison(left, cast(Any, str(operator)), right, self._duration(hold))
        if node.hold == 0:
            self._note(Problem(f"column {_column(hold)}: a hold lasts at least one second"))
        return self._placed(node, left)

    def sum(self, parts: list[Any]) -> Any:
        total = parts[0]
        if len(parts) > 2 * MAX_TERMS:
            what = f"column {self.columns[id(total)]}: the sum is too long"
            self._note(Problem(what, "", f"at most {MAX_TERMS} terms"))
            return total
        for sign, term in zip(parts[1::2], parts[2::2], strict=True):
            total = self._placed(tree.Arithmetic(cast(Any, str(sign)), total, term), total)
        return total

    def probability(self, parts: list[Any]) -> Any:
        return self._placed(tree.Probability(parts[1]), parts[0])

    def time_to(self, parts: list[Any]) -> Any:
        return self._placed(tree.TimeTo(parts[1]), parts[0])

    def statistic(self, parts: list[Any]) -> Any:
        name = "half width" if parts[0] == "half" else str(parts[0])
        return self._placed(tree.Statistic(name, parts[1]), parts[0])

    def at(self, parts: list[Any]) -> Any:
        series, when = parts
        return self._placed(tree.SeriesAt(series, when), series)

    def over(self, parts: list[Any]) -> Any:
        function, series, start, end = parts
        return self._placed(tree.SeriesOver(cast(Any, str(function)), series, start, end), function)

    def number(self, parts: list[Any]) -> Any:
        value, percent = parts
        if float(value) > MAX_NUMBER:
            self._note(Problem(f"column {_column(value)}: the number is too large"))
        return self._placed(tree.Number(float(value), "%" if percent else ""), value)

    def duration(self, parts: list[Token]) -> Any:
        return self._placed(tree.Number(float(self._duration(parts[0])), "duration"), parts[0])

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
            self._note(Problem(f'column {_column(token)}: "{token}" is not a moment', "", expected))
            return None

    def series(self, parts: list[Any]) -> Any:
        view, measure, *filters = parts
        name = str(measure)
        if view is not None:
            self._note(types.name_problem("view", str(view), VIEWS, _column(view)))
        self._note(types.name_problem("measure", name, tuple(MEASURES), _column(measure)))
        narrowed = tuple(self._filter(name, part) for part in filters if part is not None)
        node = tree.Series(cast(Any, str(view or "console")), name, narrowed)
        return self._placed(node, measure if view is None else view)

    def filter(self, parts: list[Token]) -> list[Token]:
        return parts

    def _filter(self, measure: str, parts: list[Token]) -> tree.Filter:
        label, equality, value = parts
        text = str(value)[1:-1] if value.type == "QUOTED" else str(value)
        if measure in MEASURES:
            problem = types.label_problem(measure, str(label), _column(label))
            self._note(problem or types.value_problem(str(label), text, self.names, _column(value)))
        return tree.Filter(str(label), text, str(equality) == "=")


def parse_expectation(text: str, names: Names) -> tree.Condition:
    """Parse an expectation such as `coverage_pct at 30 d >= 95`.

    Every value must say when or over what it is taken. Raises UnusableInput with all problems.
    """
    return _parse(text, names, Context.EXPECTATION)


def parse_gate(text: str, names: Names) -> tree.Condition:
    """Parse a gate such as `failed_pct{collection='Pilot'} < 2 for 24 h`; a series means now.

    Raises UnusableInput with all problems.
    """
    return _parse(text, names, Context.GATE)


def parse_number(text: str, names: Names, each: bool = False) -> tree.Term:
    """Parse a number such as `coverage_pct at 30 d` or `time to (coverage_pct >= 90)`.

    With *each* it must have a value in each replication: no probability and no statistic. Raises
    UnusableInput with all problems.
    """
    otherwise = Problem("this is not a number", expected="write one such as coverage_pct at 30 d")
    context = Context.EACH if each else Context.EXPECTATION
    return _parse_term(text, names, context, (object,), otherwise)


def parse_series(text: str, names: Names) -> tree.Term:
    """Parse a number over time such as `onboarded_pct{collection='Pilot'}`, or a sum of such.

    Raises UnusableInput with all problems.
    """
    expected = "write a measure, such as onboarded_pct{collection='Pilot'}, or a sum of measures"
    otherwise = Problem("this is not a number over time", expected=expected)
    return _parse_term(
        text, names, Context.GATE, (tree.Series, tree.Number, tree.Arithmetic), otherwise
    )


def _parse_term(
    text: str, names: Names, context: Context, kinds: tuple[type, ...], otherwise: Problem
) -> tree.Term:
    """Parse a term alone, which is no condition: it becomes one by a comparison."""
    built = build_tree(f"{text} == 0", names)
    if not isinstance(built.condition, tree.Comparison) or built.condition.hold is not None:
        alone = build_tree(text, names)
        raise UnusableInput([otherwise] if alone.condition is not None else alone.problems)
    term = built.condition.left
    if not all(isinstance(part, kinds) for part in tree.walk(term)):
        raise UnusableInput([otherwise])
    itself = tree.Comparison(term, "==", term)
    built.columns[id(itself)] = 1
    problems = [*built.problems, *type_problems(itself, context, built.columns)]
    if problems:
        raise UnusableInput(dict.fromkeys(problems))
    return term


def _parse(text: str, names: Names, context: Context) -> tree.Condition:
    built = build_tree(text, names)
    problems: list[Problem] = list(built.problems)
    if built.condition is not None:
        problems.extend(type_problems(built.condition, context, built.columns))
    if problems or built.condition is None:
        raise UnusableInput(problems)
    return built.condition
