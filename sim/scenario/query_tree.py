"""The parsed form of `members:` queries: frozen nodes, printed back as canonical text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sim.scenario.expression_tree import Comparator

Value = str | int | float | bool | date


@dataclass(frozen=True, slots=True)
class Compared:
    """A trait compared with a value."""

    trait: str
    operator: Comparator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """A trait that is, or with `among` False is not, in a list."""

    trait: str
    values: tuple[Value, ...]
    among: bool = True


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A yes-or-no trait alone, such as `fully_updated`."""

    trait: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a query."""

    of: "QueryNode"


@dataclass(frozen=True, slots=True)
class Joined:
    """Queries joined by `and` or `or`; `and` binds tighter."""

    operator: str
    parts: tuple["QueryNode", ...]


QueryNode = Compared | OneOf | IsTrue | Not | Joined

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = ("and", "or", "not", "in", "true", "false")


def traits_in(node: QueryNode) -> Iterator[str]:
    """Yield the traits and labels that a query names, once for each use."""
    if isinstance(node, Joined):
        for part in node.parts:
            yield from traits_in(part)
    elif isinstance(node, Not):
        yield from traits_in(node.of)
    else:
        yield node.trait


def unparse_query(node: QueryNode) -> str:
    """Write a query as canonical text: parsing it again gives the same query.

    >>> unparse_query(Not(OneOf("os", ("server-2016", "server-2019"))))
    "not os in ['server-2016', 'server-2019']"
    """
    if isinstance(node, Joined):
        return f" {node.operator} ".join(_part(part, node.operator) for part in node.parts)
    if isinstance(node, Not):
        inner = unparse_query(node.of)
        return f"not ({inner})" if isinstance(node.of, Joined | Not) else f"not {inner}"
    if isinstance(node, OneOf):
        values = ", ".join(_value(value) for value in node.values)
        return f"{_name(node.trait)} {'in' if node.among else 'not in'} [{values}]"
    if isinstance(node, IsTrue):
        return _name(node.trait)
    return f"{_name(node.trait)} {node.operator} {_value(node.value)}"


def _part(part: QueryNode, outer: str) -> str:
    loose = isinstance(part, Joined) and not (part.operator == "and" and outer == "or")
    return f"({unparse_query(part)})" if loose else unparse_query(part)


def _name(name: str) -> str:
    plain = _PLAIN_NAME.fullmatch(name) and name not in _KEYWORDS
    return name if plain else f"`{name}`"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, int):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else value
    quote = '"' if "'" in text else "'"
    return f"{quote}{text}{quote}"
