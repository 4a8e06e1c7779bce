"""Whether a device belongs to a query: its traits against the tree.

A missing value equals nothing: it fails `==`, `in` and every order, and passes `!=` and
`not in`, which are exactly the opposites of the former two. Text is compared without regard to
case, as ConfigMgr does.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sim.scenario.query_tree import Compared, IsTrue, Joined, Not, OneOf, QueryNode, Value
from sim.scenario.query_values import KEYS, is_missing, same_kind
from sim.scenario.traits import TRAITS, TraitKind

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(node: QueryNode, traits: Mapping[str, object]) -> bool:
    """Tell whether a device with *traits* belongs to the query."""
    if isinstance(node, Joined):
        judged = (matches(part, traits) for part in node.parts)
        return all(judged) if node.operator == "and" else any(judged)
    if isinstance(node, Not):
        return not matches(node.of, traits)
    if isinstance(node, IsTrue):
        return _equals(node.trait, traits, True)
    if isinstance(node, OneOf):
        found = any(_equals(node.trait, traits, value) for value in node.values)
        return found is node.among
    return _compare(node, traits)


def _compare(node: Compared, traits: Mapping[str, object]) -> bool:
    if node.operator in ("==", "!="):
        return _equals(node.trait, traits, node.value) is (node.operator == "==")
    one, other = _keys(node.trait, traits, node.value)
    if one is None or other is None or not same_kind(one, other):
        return False
    return _ORDERS[node.operator](one, other)


def _equals(trait: str, traits: Mapping[str, object], value: Value) -> bool:
    one, other = _keys(trait, traits, value)
    return one is not None and one == other


def _keys(trait: str, traits: Mapping[str, object], value: Value) -> tuple[Any, Any]:
    held = traits.get(trait)
    if is_missing(held):
        return None, None
    key = KEYS[_kind(trait, value)]
    return key(held), key(value)


def _kind(trait: str, value: Value) -> TraitKind:
    if trait in TRAITS:
        return TRAITS[trait].kind
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return TraitKind.NUMBER if is_number else TraitKind.TEXT
