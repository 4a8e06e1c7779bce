"""Queries of collections: builds that mean several systems, names nobody has, empty collections."""

from collections.abc import Iterator

from sim.language.query import Compared, Joined, Not, OneOf, QueryNode
from sim.lint.finding import Finding
from sim.lint.survey import Loc, Survey
from sim.lint.undecided import matches_perhaps
from sim.reference.systems import OPERATING_SYSTEMS, OperatingSystem, is_supported, level
from sim.reference.traits import TRAITS
from sim.text.numbers import join_words, plural

_OF_SYSTEMS = ("os", "build", "product_type")
_MOST_NAMED = 5


def queries_by_build(survey: Survey) -> Iterator[Finding]:
    """Yield queries whose builds catch other systems than they seem to, or miss some (OS-5)."""
    for number, collection in enumerate(survey.scenario.collections):
        query = survey.ground.queries.get(collection.name)
        if query is None or "build" not in query.traits or "os" in query.traits:
            continue
        loc: Loc = ("collections", number, "members")
        caught = [one for one in OPERATING_SYSTEMS.values() if _may_match(query.node, one)]
        if _has_order(query.node):
            yield from _by_order(survey, loc, collection.name, caught)
        else:
            yield from _by_number(survey, loc, collection.name, caught)


def _may_match(node: QueryNode, system: OperatingSystem) -> bool:
    """Say whether a device with this system may be caught, whatever its other traits are."""
    known = {"build": system.build, "product_type": system.product_type, "os": system.id}
    unknown = [name for name in _traits(node) if name not in _OF_SYSTEMS]
    return matches_perhaps(node, known, unknown) is not False


def _traits(node: QueryNode) -> Iterator[str]:
    for leaf in _leaves(node):
        yield leaf.trait


def _leaves(node: QueryNode) -> Iterator[Compared | OneOf]:
    if isinstance(node, Joined):
        for part in node.parts:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.of)
    elif isinstance(node, Compared | OneOf):
        yield node


def _has_order(node: QueryNode) -> bool:
    return any(
        isinstance(leaf, Compared) and leaf.trait == "build" and leaf.operator in "<=>="
        and leaf.operator != "=="
        for leaf in _leaves(node)
    )  # fmt: skip


def _by_order(
    survey: Survey, loc: Loc, name: str, caught: list[OperatingSystem]
) -> Iterator[Finding]:
    minimum = survey.scenario.rules.windows_10_minimum
    odd = [one for one in caught if level(one) == "down_level" or not is_supported(one, minimum)]
    kinds = {one.product_type for one in caught}
    missed = [
        one
        for one in OPERATING_SYSTEMS.values()
        if one not in caught and level(one) == "down_level" and one.product_type in kinds
    ]
    is_mixed = any(level(one) == "up_level" and is_supported(one, minimum) for one in caught)
    if not odd or not is_mixed:
        return
    what = f"the builds of {name} catch {_titles(odd)} too"
    what += f", and miss {_titles(missed)}" if missed else ""
    devices = _members_with(survey, name, odd)
    advice = "name the systems: os in ['windows-11-24h2', 'server-2016', ...]"
    yield survey.find("LNT-611", loc, what, advice, devices=devices)


def _by_number(
    survey: Survey, loc: Loc, name: str, caught: list[OperatingSystem]
) -> Iterator[Finding]:
    builds = {one.build for one in caught}
    doubled = [
        one
        for one in caught
        if any(o.build == one.build and o.product_type != one.product_type for o in caught)
    ]
    if not doubled or len(builds) > _MOST_NAMED:
        return
    what = f"a build of {name} is a client and a server at once: {_titles(doubled)}"
    advice = "add product_type == 'client' or 'server', or name the systems with os"
    devices = _members_with(survey, name, doubled)
    yield survey.find("LNT-611", loc, what, advice, devices=devices)


def _titles(systems: list[OperatingSystem]) -> str:
    shown = [one.title for one in systems[:_MOST_NAMED]]
    rest = len(systems) - len(shown)
    return join_words([*shown, f"{rest} more"] if rest else shown)


def _members_with(survey: Survey, name: str, systems: list[OperatingSystem]) -> frozenset[int]:
    ids = {one.id for one in systems}
    devices = survey.ground.fleet.devices
    return frozenset(n for n in survey.belonging.meant(name, 0) if devices[n].os in ids)


def systems_nobody_has(survey: Survey) -> Iterator[Finding]:
    """Yield queries that name systems of which the fleet has no device."""
    present = {device.os for device in survey.ground.fleet.devices}
    for number, collection in enumerate(survey.scenario.collections):
        query = survey.ground.queries.get(collection.name)
        if query is None:
            continue
        named = [value for leaf in _leaves(query.node) for value in _systems_in(leaf)]
        absent = [name for name in dict.fromkeys(named) if name not in present]
        if absent:
            what = f"{collection.name} names {join_words(absent)}, of which the fleet has no device"
            advice = "nothing, if the list is meant to be complete"
            yield survey.find("LNT-612", ("collections", number, "members"), what, advice)


def _systems_in(leaf: Compared | OneOf) -> tuple[str, ...]:
    if leaf.trait != "os":
        return ()
    values = leaf.values if isinstance(leaf, OneOf) else (leaf.value,)
    return tuple(str(value) for value in values if value in TRAITS["os"].words)


def empty_collections(survey: Survey) -> Iterator[Finding]:
    """Yield collections that never have a member in this fleet (TIM-4)."""
    for number, collection in enumerate(survey.scenario.collections):
        if survey.belonging.possible[collection.name]:
            continue
        managed = sum(device.is_managed for device in survey.ground.fleet.devices)
        what = f"{collection.name} is empty: none of {plural(managed, 'managed device')} belongs"
        advice = "check its query, its limiting collection and what it excludes"
        yield survey.find("LNT-613", ("collections", number), what, advice)
