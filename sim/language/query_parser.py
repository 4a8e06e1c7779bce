"""Member queries: which devices belong to a collection, by traits and inventory (TIM-4).

Text in, a typed query out, or all problems with columns. Nothing is evaluated as Python.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lark import Token, Transformer

from sim.errors import Problem, UnusableInput, nearest
from sim.language import query
from sim.language.grammar import parse
from sim.reference.traits import ORDERED, TRAITS, Trait, TraitKind, is_unseen, seen_trait

_WORDS = {
    "NAME": "a trait", "OPERATOR": "a comparison", "IN": '"in"', "NOT": '"not"', "AND": '"and"',
    "OR": '"or"', "QUOTED": "a quoted text", "NUMBER": "a number", "TRUTH": "true or false",
    "LPAR": '"("', "RPAR": '")"', "LSQB": '"["', "RSQB": '"]"', "COMMA": '","',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    node: query.QueryNode

    def matches(self, traits: Mapping[str, object]) -> bool:
        """Return whether a device with *traits* belongs to the collection."""
        return query.matches(self.node, traits)

    @property
    def traits(self) -> frozenset[str]:
        """The traits and labels that the query names."""
        return frozenset(query.traits_in(self.node))

    def __str__(self) -> str:
        return query.unparse_query(self.node)


def parse_query(text: str, columns: Collection[str] | None = ()) -> Query:
    """Parse a query such as `os in ['server-2012-r2', 'server-2016'] and not fully_updated`.

    *columns* are the label columns of the fleet beside its traits; None accepts any name.
    Raises UnusableInput with all problems, each with its column in the text.
    """
    tree = parse(text, "query_grammar.lark", _WORDS)
    builder = _QueryBuilder(columns)
    node = builder.transform(tree)
    if builder.problems:
        raise UnusableInput(builder.problems)
    return Query(node)


def _place(token: Token) -> str:
    return f"column {(token.start_pos or 0) + 1}: "


class _QueryBuilder(Transformer[Token, Any]):
    """Builds nodes from the leaves up and collects problems on the way."""

    def __init__(self, columns: Collection[str] | None) -> None:
        super().__init__()
        self.columns = columns
        self.problems: list[Problem] = []

    def start(self, parts: list[query.QueryNode]) -> query.QueryNode:
        return parts[0]

    def any_of(self, parts: list[query.QueryNode]) -> query.QueryNode:
        return query.Joined("or", tuple(parts))

    def all_of(self, parts: list[query.QueryNode]) -> query.QueryNode:
        return query.Joined("and", tuple(parts))

    def negation(self, parts: list[Any]) -> query.QueryNode:
        *nots, node = parts
        return query.Not(node) if len(nots) % 2 else node

    def name(self, parts: list[Token]) -> Token:
        return parts[0]

    def value(self, parts: list[Token]) -> Token:
        return parts[0]

    def values(self, parts: list[Token]) -> list[Token]:
        return parts

    def compared(self, parts: list[Any]) -> query.QueryNode:
        name, operator, value = parts
        trait = self._trait(name)
        if trait and str(operator) not in ("==", "!=") and trait.kind not in ORDERED:
            what = f"{trait.name} has no order, so {operator} means nothing"
            self.problems.append(Problem(_place(operator) + what, "", "use ==, != or in"))
        return query.Compared(_bare(name), operator.value, self._value(trait, value))

    def member(self, parts: list[Any]) -> query.QueryNode:
        name, values = parts
        trait = self._trait(name)
        return query.OneOf(_bare(name), tuple(self._value(trait, value) for value in values))

    def not_member(self, parts: list[Any]) -> query.QueryNode:
        name, _, values = parts
        trait = self._trait(name)
        return query.OneOf(_bare(name), tuple(self._value(trait, value) for value in values), False)

    def truth(self, parts: list[Token]) -> query.QueryNode:
        trait = self._trait(parts[0])
        if trait and trait.kind not in (TraitKind.TRUTH, TraitKind.TRUTH_OR_DATE):
            what = f"{trait.name} is not true or false"
            self.problems.append(Problem(_place(parts[0]) + what, "", "compare it with a value"))
        return query.IsTrue(_bare(parts[0]))

    def _trait(self, token: Token) -> Trait | None:
        """Return the trait that *token* names; None for a label column or an unknown name."""
        name = _bare(token)
        trait = seen_trait(name)
        if trait is not None:
            return trait
        if self.columns is not None and name not in self.columns:
            self.problems.append(_unknown(name, _place(token), self.columns))
        elif is_unseen(name):
            self.problems.append(_unknown(name, _place(token), ()))
        return None

    def _value(self, trait: Trait | None, token: Token) -> query.Value:
        value = _literal(token)
        if trait is None:
            return value
        self.problems.extend(_value_problems(trait, value, token))
        if trait.kind in (TraitKind.DATE, TraitKind.TRUTH_OR_DATE) and isinstance(value, str):
            day: query.Value | None = query.KEYS[TraitKind.DATE](value)
            return value if day is None else day
        return value


def _bare(token: Token) -> str:
    return token.value[1:-1] if token.type == "TICKED" else str(token)


def _literal(token: Token) -> query.Value:
    if token.type == "QUOTED":
        return str(token.value[1:-1])
    if token.type == "TRUTH":
        return bool(token.value == "true")
    return float(token) if "." in token else int(token)


def _unknown(name: str, place: str, columns: Collection[str]) -> Problem:
    if is_unseen(name):
        what = f"queries do not see {name}"
        return Problem(place + what, "", "they see traits and inventory, never status or health")
    seen = [trait.name for trait in TRAITS.values() if trait.seen]
    return Problem(f'{place}unknown trait "{name}"', "", "", nearest(name, [*seen, *columns]))


def _value_problems(trait: Trait, value: query.Value, token: Token) -> Iterator[Problem]:
    if trait.kind is TraitKind.WORD and value not in trait.words:
        word = str(value)
        expected = "" if len(trait.words) > 12 else f"one of {', '.join(trait.words)}"
        what = f'{_place(token)}unknown {trait.name} "{word}"'
        yield Problem(what, "", expected, nearest(word, trait.words))
    elif not fits(trait, value):
        what = f"{trait.name} is compared with {_literal_text(value)}"
        yield Problem(_place(token) + what, "", f"{trait.name} is {trait.kind.value}")


def _literal_text(value: query.Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def fits(trait: Trait, value: object) -> bool:
    """Return whether *value*, as written, is of the kind of *trait*."""
    kind, truth = trait.kind, isinstance(value, bool)
    if kind is TraitKind.WORD:
        return value in trait.words
    if kind is TraitKind.TEXT:
        return isinstance(value, str)
    if kind is TraitKind.NUMBER:
        return not truth and query.KEYS[kind](value) is not None
    if kind is TraitKind.VERSION:
        return isinstance(value, str) and query.KEYS[kind](value) is not None
    if kind is TraitKind.TRUTH:
        return truth
    return (truth and kind is TraitKind.TRUTH_OR_DATE) or _is_day(value)


def _is_day(value: object) -> bool:
    try:
        datetime.strptime(str(value), "%Y-%m-%d")
    except ValueError:
        return False
    return not isinstance(value, bool)
