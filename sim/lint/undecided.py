"""Queries over devices of which not every trait is known: yes, no, or perhaps.

Three-valued logic: what no value of the unknown traits could change is decided.
"""

from collections.abc import Collection, Mapping

from sim.language.query import Joined, Not, QueryNode, matches


def matches_perhaps(
    node: QueryNode, traits: Mapping[str, object], unknown: Collection[str]
) -> bool | None:
    """Say whether a device belongs to a query; None where an *unknown* trait decides."""
    if isinstance(node, Joined):
        return _joined(node, [matches_perhaps(part, traits, unknown) for part in node.parts])
    if isinstance(node, Not):
        inner = matches_perhaps(node.of, traits, unknown)
        return None if inner is None else not inner
    return None if node.trait in unknown else matches(node, traits)


def _joined(node: Joined, judged: list[bool | None]) -> bool | None:
    decisive = node.operator == "or"
    if decisive in judged:
        return decisive
    return None if None in judged else not decisive
