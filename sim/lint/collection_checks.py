"""Systems of the fleet and queries of collections: old, new, contradictory, caught by mistake."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from sim.language.query import Compared, Joined, Not, OneOf, QueryNode, may_match
from sim.language.query_parser import Query
from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.reference.systems import (
    DOWN_LEVEL_SERVERS,
    OPERATING_SYSTEMS,
    OperatingSystem,
    default_edition,
    is_supported,
    level,
    support_end,
)
from sim.reference.traits import TRAITS, Device
from sim.text.numbers import join_words, plural

MAX_SYSTEMS = 3
"""So many systems are named in one sentence."""

MMA_RETIRED = date(2024, 8, 31)
"""The last day on which Log Analytics used MMA (MMA-1)."""

_CONTRADICTED = ("windows-10-1607", "windows-10-1703")
"""Releases on the page's up-level lists, but not on its supported list (OS-2)."""


def _managed(analysis: Analysis) -> Iterator[tuple[int, Device]]:
    for number, device in enumerate(analysis.devices):
        if device.is_managed:
            yield number, device


def past_support(analysis: Analysis) -> Iterator[Finding]:
    """Yield the systems that are past support at the start or by the end (OS-3)."""
    handling = analysis.scenario.rules.end_of_support
    if handling == "ignore":
        return
    clock = analysis.prepared.clock
    start, end = clock.date_at(0), clock.date_at(analysis.scenario.horizon - 1)
    groups: dict[bool, list[int]] = {False: [], True: []}
    for number, device in _managed(analysis):
        last = _last_day(device)
        if level(OPERATING_SYSTEMS[device.os]) != "none" and last < end:
            groups[last >= start].append(number)
    for during, devices in groups.items():
        if devices:
            ended = "whose support ends during the run" if during else "past their support"
            kept = "that keeps nobody out" if handling == "warn" else "they cannot onboard after it"
            what = f"{plural(len(devices), 'device runs', 'devices run')} systems {ended}:"
            what += f" {_by_system(analysis, devices)}; end_of_support is {handling}, so {kept}"
            advice = "upgrade them, or enrol them in Extended Security Updates where there are any"
            yield analysis.find("LNT-601", ("fleet",), what, advice, devices=devices)


def _by_system(analysis: Analysis, devices: list[int]) -> str:
    """Return how many devices run which system, the most frequent ones first."""
    counts = Counter(analysis.devices[number].os for number in devices)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [f"{number} {OPERATING_SYSTEMS[name].title}" for name, number in ranked[:MAX_SYSTEMS]]
    rest = sum(number for _, number in ranked[MAX_SYSTEMS:])
    return join_words([*shown, f"{rest} others"] if rest else shown)


def _last_day(device: Device) -> date:
    system = OPERATING_SYSTEMS[device.os]
    last = support_end(system, device.edition or default_edition(system), device.esu)
    return date.max if last is None else last


def later_than_page(analysis: Analysis) -> Iterator[Finding]:
    """Yield the releases that the product page does not know (OS-5)."""
    devices = [n for n, one in _managed(analysis) if OPERATING_SYSTEMS[one.os].later_than_page]
    if devices:
        what = f"{plural(len(devices), 'device runs', 'devices run')} systems released after the"
        what += f" product page: {_by_system(analysis, devices)}"
        advice = "they are treated as up-level; check the requirements of the release"
        yield analysis.find("LNT-602", ("fleet",), what, advice, devices=devices)


def oldest_windows_10(analysis: Analysis) -> Iterator[Finding]:
    """Yield Windows 10 releases that one list of the page has and the other has not (OS-2)."""
    minimum = analysis.scenario.rules.windows_10_minimum
    devices = [
        number
        for number, device in _managed(analysis)
        if device.os in _CONTRADICTED and not is_supported(OPERATING_SYSTEMS[device.os], minimum)
    ]
    if devices:
        what = f"{plural(len(devices), 'device runs', 'devices run')} Windows 10 1607 or 1703: on"
        what += f" the page's up-level lists, but below windows_10_minimum {minimum}"
        advice = 'upgrade them, or write windows_10_minimum: "1607" under rules'
        yield analysis.find("LNT-603", ("fleet",), what, advice, devices=devices)


def retired_mma(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers that take the MMA route after MMA was retired (MMA-1)."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, one in analysis.witness.standings.items():
        is_late = one.facts.on > MMA_RETIRED and not one.was_onboarded
        if one.facts.route.route == "mma" and one.facts.device.os in DOWN_LEVEL_SERVERS and is_late:
            groups[one.step].append(number)
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server takes', 'servers take')} the route of MMA, which"
        what += f" was retired on {MMA_RETIRED}"
        advice = "choose the MDE client in the client setting of Server 2012 R2 and 2016"
        yield analysis.find("LNT-604", analysis.steps[step].loc, what, advice, devices=devices)


MAX_TITLES = 5


def queries_by_build(analysis: Analysis) -> Iterator[Finding]:
    """Yield queries whose builds catch other systems than they seem to, or miss some (OS-5)."""
    for number, collection in enumerate(analysis.scenario.collections):
        query = analysis.prepared.membership.query(collection.name)
        if query is None or "build" not in query.traits or "os" in query.traits:
            continue
        loc: Loc = ("collections", number, "members")
        caught = [one for one in OPERATING_SYSTEMS.values() if _may_match(query, one)]
        if _has_order(query.node):
            yield from _by_order(analysis, loc, collection.name, caught)
        else:
            yield from _by_number(analysis, loc, collection.name, caught)


def _may_match(query: Query, system: OperatingSystem) -> bool:
    """Say whether a device with this system may be caught, whatever its other traits are."""
    traits = {"build": system.build, "product_type": system.product_type, "os": system.id}
    return may_match(query.node, traits, query.traits - traits.keys()) is not False


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
    analysis: Analysis, loc: Loc, name: str, caught: list[OperatingSystem]
) -> Iterator[Finding]:
    minimum = analysis.scenario.rules.windows_10_minimum
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
    devices = _members_with(analysis, name, odd)
    advice = "name the systems: os in ['windows-11-24h2', 'server-2016', ...]"
    yield analysis.find("LNT-611", loc, what, advice, devices=devices)


def _by_number(
    analysis: Analysis, loc: Loc, name: str, caught: list[OperatingSystem]
) -> Iterator[Finding]:
    builds = {one.build for one in caught}
    doubled = [
        one
        for one in caught
        if any(o.build == one.build and o.product_type != one.product_type for o in caught)
    ]
    if not doubled or len(builds) > MAX_TITLES:
        return
    what = f"a build of {name} is a client and a server at once: {_titles(doubled)}"
    advice = "add product_type == 'client' or 'server', or name the systems with os"
    devices = _members_with(analysis, name, doubled)
    yield analysis.find("LNT-611", loc, what, advice, devices=devices)


def _titles(systems: list[OperatingSystem]) -> str:
    shown = [one.title for one in systems[:MAX_TITLES]]
    rest = len(systems) - len(shown)
    return join_words([*shown, f"{rest} more"] if rest else shown)


def _members_with(analysis: Analysis, name: str, systems: list[OperatingSystem]) -> frozenset[int]:
    ids = {one.id for one in systems}
    devices = analysis.devices
    return frozenset(n for n in analysis.ever_members[name] if devices[n].os in ids)


def systems_nobody_has(analysis: Analysis) -> Iterator[Finding]:
    """Yield queries that name systems of which the fleet has no device."""
    present = {device.os for device in analysis.devices}
    for number, collection in enumerate(analysis.scenario.collections):
        query = analysis.prepared.membership.query(collection.name)
        if query is None:
            continue
        named = [value for leaf in _leaves(query.node) for value in _systems_in(leaf)]
        absent = [name for name in dict.fromkeys(named) if name not in present]
        if absent:
            what = f"{collection.name} names {join_words(absent)}, of which the fleet has no device"
            advice = "nothing, if the list is meant to be complete"
            yield analysis.find("LNT-612", ("collections", number, "members"), what, advice)


def _systems_in(leaf: Compared | OneOf) -> tuple[str, ...]:
    if leaf.trait != "os":
        return ()
    values = leaf.values if isinstance(leaf, OneOf) else (leaf.value,)
    return tuple(str(value) for value in values if value in TRAITS["os"].words)


def empty_collections(analysis: Analysis) -> Iterator[Finding]:
    """Yield collections that never have a member in this fleet (TIM-4)."""
    for number, collection in enumerate(analysis.scenario.collections):
        if analysis.ever_members[collection.name]:
            continue
        managed = sum(device.is_managed for device in analysis.devices)
        what = f"{collection.name} is empty: none of {plural(managed, 'managed device')} belongs"
        advice = "check its query, its limiting collection and what it excludes"
        yield analysis.find("LNT-613", ("collections", number), what, advice)
