"""The parsed form of `members:` queries: frozen nodes, their text, and which devices match.

Two values of one kind are compared by their keys; a key of None has nothing to compare. A missing
value equals nothing: it fails `==`, `in` and every order, and passes `!=` and `not in`, which are
exactly the opposites of the first two. Text is compared without regard to case, as ConfigMgr does.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sim.language.tree import COMPARE, Comparator
from sim.reference.traits import TraitKind, seen_trait
from sim.reference.versions import client_version_number

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
    """A trait that is true or false, alone: `fully_updated`."""

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


_BUILD = re.compile(r"(?:\d{1,2}\.\d\.)?(\d{4,5})(?:\.\d+)?")

Key = Any


def _text(value: object) -> Key:
    return str(value).casefold()


def _truth(value: object) -> Key:
    word = str(value).casefold()
    return {"true": True, "false": False}.get(word)


def _date(value: object) -> Key:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def _truth_or_date(value: object) -> Key:
    truth = _truth(value)
    return _date(value) if truth is None else truth


def _number(value: object) -> Key:
    build = _BUILD.fullmatch(str(value))
    if build:
        return float(build.group(1))
    try:
        return float(str(value))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _version_of(text: str) -> Key:
    try:
        return ("client", client_version_number(text))
    except ValueError:
        parts = re.findall(r"\d+", text)
        return ("other", *(int(part) for part in parts)) if parts else None


def _version(value: object) -> Key:
    return _version_of(str(value))


KEYS: dict[TraitKind, Callable[[object], Key]] = {
    TraitKind.TEXT: _text,
    TraitKind.WORD: _text,
    TraitKind.TRUTH: _truth,
    TraitKind.DATE: _date,
    TraitKind.TRUTH_OR_DATE: _truth_or_date,
    TraitKind.NUMBER: _number,
    TraitKind.VERSION: _version,
}
"""What each kind of trait is compared by."""


def is_missing(value: object) -> bool:
    """Return whether a trait has no value: None, an empty text, or not a number."""
    return value is None or value == "" or value != value


def matches(node: QueryNode, traits: Mapping[str, object]) -> bool:
    """Return whether a device with *traits* matches the query."""
    return bool(may_match(node, traits, ()))


def may_match(
    node: QueryNode, traits: Mapping[str, object], unknown: Collection[str]
) -> bool | None:
    """Return whether a device matches the query; None if a trait that is *unknown* decides."""
    if isinstance(node, Joined):
        decisive, undecided = node.operator == "or", False
        for part in node.parts:
            result = may_match(part, traits, unknown)
            if result is decisive:
                return decisive
            undecided |= result is None
        return None if undecided else not decisive
    if isinstance(node, Not):
        inner = may_match(node.of, traits, unknown)
        return None if inner is None else not inner
    if node.trait in unknown:
        return None
    if isinstance(node, IsTrue):
        return _equals(node.trait, traits, True)
    if isinstance(node, OneOf):
        is_listed = any(_equals(node.trait, traits, value) for value in node.values)
        return is_listed is node.among
    return _compare(node, traits)


def _compare(node: Compared, traits: Mapping[str, object]) -> bool:
    if node.operator in ("==", "!="):
        return _equals(node.trait, traits, node.value) is (node.operator == "==")
    own, asked = _keys(node.trait, traits, node.value)
    if own is None or asked is None or type(own) is not type(asked):
        return False
    if isinstance(own, tuple) and own[0] != asked[0]:  # the version of something else
        return False
    return COMPARE[node.operator](own, asked)


def _equals(trait: str, traits: Mapping[str, object], value: Value) -> bool:
    own, asked = _keys(trait, traits, value)
    return own is not None and own == asked


def _keys(trait: str, traits: Mapping[str, object], value: Value) -> tuple[Any, Any]:
    own = traits.get(trait)
    if is_missing(own):
        return None, None
    key = KEYS[_kind(trait, value)]
    return key(own), key(value)


def _kind(trait: str, value: Value) -> TraitKind:
    own = seen_trait(trait)
    if own is not None:
        return own.kind
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return TraitKind.NUMBER if is_number else TraitKind.TEXT
