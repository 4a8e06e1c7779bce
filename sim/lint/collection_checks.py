"""Systems of the fleet and queries of collections: old, new, listed twice, included by mistake."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date

from sim.language.query import KEYS, Compared, Joined, Not, OneOf, QueryNode, matches, may_match
from sim.language.query_parser import Query
from sim.language.tree import COMPARE
from sim.lint.analysis import Analysis, Loc, grouped
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
from sim.reference.traits import TRAITS, Device, TraitKind
from sim.text.numbers import join_words, plural

MAX_SYSTEMS = 3
"""The most systems of the fleet that one sentence names."""
MAX_TITLES = 5
"""The most systems of a query that one sentence names."""

MMA_RETIRED = date(2024, 8, 31)
"""The last day on which Log Analytics used MMA (MMA-1)."""

_CONTRADICTED = ("windows-10-1607", "windows-10-1703")
"""Releases on the page's up-level lists, but not on its supported list (OS-2)."""


def _managed(analysis: Analysis) -> Iterator[tuple[int, Device]]:
    numbered = enumerate(analysis.devices)
    return ((number, device) for number, device in numbered if device.is_managed)


def past_support(analysis: Analysis) -> Iterator[Finding]:
    """Yield the systems whose support has ended at the start, or ends by the end (OS-3)."""
    handling = analysis.scenario.rules.end_of_support
    if handling == "ignore":
        return
    clock = analysis.prepared.clock
    start, end = clock.date_at(0), clock.date_at(analysis.scenario.horizon - 1)
    groups = grouped(
        (last >= start, number)
        for number, device in _managed(analysis)
        if level(OPERATING_SYSTEMS[device.os]) != "none" and (last := _last_day(device)) < end
    )
    effect = {"warn": "they can still onboard"}.get(handling, "they cannot onboard after that day")
    for during, devices in sorted(groups.items()):
        ended = "whose support ends during the run" if during else "that are out of support"
        what = f"{_run(devices)} systems {ended}: {_by_system(analysis, devices)};"
        what += f" end_of_support is {handling}, so {effect}"
        advice = "upgrade them, or enroll them in Extended Security Updates if available"
        yield analysis.find("LNT-601", ("fleet",), what, advice, devices=devices)


def _run(devices: Collection[int]) -> str:
    return plural(len(devices), "device runs", "devices run")


def _by_system(analysis: Analysis, devices: Collection[int]) -> str:
    """Return how many devices run which system, the most frequent ones first."""
    counts = Counter(analysis.devices[number].os for number in devices)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [f"{number} {OPERATING_SYSTEMS[name].title}" for name, number in ranked[:MAX_SYSTEMS]]
    rest = sum(number for _, number in ranked[MAX_SYSTEMS:])
    return join_words([*shown, f"{rest:,} others"] if rest else shown)


def _last_day(device: Device) -> date:
    system = OPERATING_SYSTEMS[device.os]
    last = support_end(system, device.edition or default_edition(system), device.esu)
    return date.max if last is None else last


def later_than_page(analysis: Analysis) -> Iterator[Finding]:
    """Yield the releases that came out after the product page (OS-5)."""
    later = {name for name, system in OPERATING_SYSTEMS.items() if system.later_than_page}
    devices = [number for number, device in _managed(analysis) if device.os in later]
    if devices:
        what = f"{_run(devices)} systems released after the product page:"
        what += f" {_by_system(analysis, devices)}"
        advice = "they are treated as up-level; check the requirements of the release"
        yield analysis.find("LNT-602", ("fleet",), what, advice, devices=devices)


def oldest_windows_10(analysis: Analysis) -> Iterator[Finding]:
    """Yield Windows 10 releases that one list of the page has and the other has not (OS-2)."""
    minimum = analysis.scenario.rules.windows_10_minimum
    devices = [
        number
        for number, device in _managed(analysis)
        if device.os in _CONTRADICTED
        and device.edition != "home"
        and not is_supported(OPERATING_SYSTEMS[device.os], minimum, device.edition)
    ]
    if devices:
        what = f"{_run(devices)} Windows 10 1607 or 1703, which are on the page's up-level lists"
        what += f" but below windows_10_minimum ({minimum})"
        advice = 'upgrade them, or write windows_10_minimum: "1607" under rules'
        yield analysis.find("LNT-603", ("fleet",), what, advice, devices=devices)


def retired_mma(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers that take the MMA route after MMA was retired (MMA-1)."""
    groups = grouped(
        (standing.step, number)
        for number, standing in analysis.witness.standings.items()
        if standing.facts.on > MMA_RETIRED
        and not standing.was_onboarded
        and standing.facts.route.route == "mma"
        and standing.facts.device.os in DOWN_LEVEL_SERVERS
    )
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server takes', 'servers take')} the MMA route, and MMA"
        what += f" was retired on {MMA_RETIRED}"
        advice = "choose the MDE client in the client setting for Server 2012 R2 and 2016"
        yield analysis.find("LNT-604", analysis.steps[step].loc, what, advice, devices=devices)


def co_managed_targets(analysis: Analysis) -> Iterator[Finding]:
    """Yield how many co-managed devices the plan targets, and who onboards them (PRE-6)."""
    workload = analysis.scenario.site.endpoint_protection_workload
    who = {
        "configmgr": "the site manages them, because it holds the Endpoint Protection workload",
        "intune": "Intune holds their Endpoint Protection workload, and the site leaves them alone",
    }
    pilot = "Intune holds the Endpoint Protection workload of those in {}, and the site leaves"
    if not isinstance(workload, str):
        meaning = f"{pilot.format(workload.pilot)} these alone"
    else:
        meaning = who[workload]
    groups = grouped(
        (reach.step, number)
        for reach in analysis.witness.deployed
        for number in sorted(reach.members)
        if analysis.devices[number].managed_by == "co_managed"
    )
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'target is', 'targets are')} co-managed: {meaning}"
        advice = "keep Intune policies that onboard or offboard away from them"
        yield analysis.find("LNT-605", analysis.steps[step].loc, what, advice, devices=devices)


def antivirus_missing(analysis: Analysis) -> Iterator[Finding]:
    """Yield the up-level targets without a working Defender Antivirus: they onboard all the same.

    On Server 2016 it is a prerequisite and fails the installation instead (DWN-5).
    """
    groups = grouped(
        ((standing.step, device.antivirus), number)
        for number, standing in analysis.witness.standings.items()
        if (device := analysis.devices[number]).antivirus in ("disabled", "not_installed")
        and level(OPERATING_SYSTEMS[device.os]) == "up_level"
    )
    for (step, state), devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'device onboards', 'devices onboard')} without Defender"
        what += f" Antivirus, which is {state.replace('_', ' ')}: {_by_system(analysis, devices)}"
        advice = "enable it, or check that another antivirus protects them; where the feature was"
        advice += " removed from Server 2019 or later, the system has to be repaired"
        yield analysis.find("LNT-606", analysis.steps[step].loc, what, advice, devices=devices)


def queries_by_build(analysis: Analysis) -> Iterator[Finding]:
    """Yield queries by build that include systems they do not seem to mean, or miss some (OS-5)."""
    for number, name, query in _queries(analysis):
        if "build" not in query.traits or "os" in query.traits:
            continue
        systems = [system for system in OPERATING_SYSTEMS.values() if _may_match(query, system)]
        is_ordered = any(
            leaf.trait == "build" and isinstance(leaf, Compared) and leaf.operator[0] in "<>"
            for leaf in _leaves(query.node)
        )
        if is_ordered:
            what, odd = _by_order(analysis, name, systems)
            advice = "name the systems: os in ['windows-11-24h2', 'server-2016', ...]"
        else:
            what, odd = _by_number(name, systems)
            advice = "add product_type == 'client' or 'server', or name the systems with os"
        if odd:
            names, devices = {system.id for system in odd}, analysis.devices
            members = [n for n in analysis.ever_members[name] if devices[n].os in names]
            loc: Loc = ("collections", number, "members")
            yield analysis.find("LNT-611", loc, what, advice, devices=members)


def builds_read_as_text(analysis: Analysis) -> Iterator[Finding]:
    """Yield queries of which the members differ where builds are compared as text (OS-5).

    Configuration Manager does so: the property is a string in WMI.
    """
    membership = analysis.prepared.membership
    managed = [(n, membership.fleet.traits_of(device)) for n, device in _managed(analysis)]
    for number, name, query in _queries(analysis):
        leaves = [leaf for leaf in _leaves(query.node) if _is_order_of_builds(leaf)]
        if not leaves:
            continue
        builds = sorted({device.build for device in analysis.devices})
        as_text = _with_text_order(query.node, builds)
        more = [
            n for n, traits in managed if matches(as_text, traits) and not query.matches(traits)
        ]
        less = [
            n for n, traits in managed if query.matches(traits) and not matches(as_text, traits)
        ]
        if more or less:
            there = [
                f"{verb} {plural(len(numbers), 'device')} ({_by_system(analysis, numbers)})"
                for verb, numbers in (("includes", more), ("misses", less))
                if numbers
            ]
            what = f"the query of {name} compares builds as numbers, but Configuration Manager"
            what += ' compares them as text, where "9600" is greater than "14393": there it also '
            what += join_words(there)
            advice = "list the builds, here and there, such as build in [19045, 22631], or name"
            advice += " the systems: os in ['windows-11-24h2', 'server-2016', ...]"
            loc: Loc = ("collections", number, "members")
            yield analysis.find("LNT-614", loc, what, advice, devices=[*more, *less])


def _is_order_of_builds(leaf: QueryNode) -> bool:
    return isinstance(leaf, Compared) and leaf.trait == "build" and leaf.operator[0] in "<>"


def _with_text_order(node: QueryNode, builds: list[int]) -> QueryNode:
    """Return a query with each order of builds replaced by the *builds* that fit it as text."""
    if isinstance(node, Joined):
        return Joined(node.operator, tuple(_with_text_order(part, builds) for part in node.parts))
    if isinstance(node, Not):
        return Not(_with_text_order(node.of, builds))
    if not isinstance(node, Compared) or not _is_order_of_builds(node):
        return node
    asked = KEYS[TraitKind.NUMBER](node.value)
    if asked is None:
        return node
    fits = COMPARE[node.operator]
    return OneOf("build", tuple(each for each in builds if fits(str(each), f"{asked:.0f}")))


def _queries(analysis: Analysis) -> Iterator[tuple[int, str, Query]]:
    for number, collection in enumerate(analysis.scenario.collections):
        query = analysis.prepared.membership.query(collection.name)
        if query is not None:
            yield number, collection.name, query


def _may_match(query: Query, system: OperatingSystem) -> bool:
    """Say whether a device with this system may match, whatever its other traits are."""
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


def _by_order(
    analysis: Analysis, name: str, systems: list[OperatingSystem]
) -> tuple[str, list[OperatingSystem]]:
    """Return what is odd about a query that asks for builds above or below one, and the systems."""
    minimum = analysis.scenario.rules.windows_10_minimum
    good = [
        system
        for system in systems
        if level(system) != "down_level" and is_supported(system, minimum)
    ]
    odd = [system for system in systems if system not in good]
    kinds = {system.product_type for system in systems}
    missed = [
        system
        for system in OPERATING_SYSTEMS.values()
        if system not in systems and level(system) == "down_level" and system.product_type in kinds
    ]
    is_mixed = any(level(system) == "up_level" for system in good)
    what = f"the builds in the query of {name} also include {_titles(odd)}"
    what += f", and miss {_titles(missed)}" if missed else ""
    return what, odd if is_mixed else []


def _by_number(name: str, systems: list[OperatingSystem]) -> tuple[str, list[OperatingSystem]]:
    """Return what is odd about a query that names builds, and the systems."""
    kinds: dict[int, set[str]] = defaultdict(set)
    for system in systems:
        kinds[system.build].add(system.product_type)
    doubled = [system for system in systems if len(kinds[system.build]) > 1]
    what = f"a build in the query of {name} is shared by clients and servers: {_titles(doubled)}"
    return what, doubled if len(kinds) <= MAX_TITLES else []


def _titles(systems: list[OperatingSystem]) -> str:
    shown = [system.title for system in systems[:MAX_TITLES]]
    rest = len(systems) - len(shown)
    return join_words([*shown, f"{rest:,} more"] if rest else shown)


def absent_systems(analysis: Analysis) -> Iterator[Finding]:
    """Yield queries that name systems of which the fleet has no device."""
    present = {device.os for device in analysis.devices}
    for number, name, query in _queries(analysis):
        systems = (system for leaf in _leaves(query.node) for system in _systems_in(leaf))
        absent = [system for system in dict.fromkeys(systems) if system not in present]
        if absent:
            it = "it" if len(absent) == 1 else "them"
            what = f"{name} names {join_words(absent)}, but no device in the fleet runs {it}"
            advice = "nothing to do if the list should be complete"
            yield analysis.find("LNT-612", ("collections", number, "members"), what, advice)


def _systems_in(leaf: Compared | OneOf) -> Iterator[str]:
    values = leaf.values if isinstance(leaf, OneOf) else (leaf.value,)
    if leaf.trait == "os":
        yield from (str(value) for value in values if value in TRAITS["os"].words)


def empty_collections(analysis: Analysis) -> Iterator[Finding]:
    """Yield collections that never have a member in this fleet (TIM-4)."""
    managed = plural(sum(device.is_managed for device in analysis.devices), "managed device")
    for number, collection in enumerate(analysis.scenario.collections):
        if not analysis.ever_members[collection.name]:
            what = f"{collection.name} is empty: none of {managed} is a member"
            advice = "check its query, its limiting collection and what it excludes"
            yield analysis.find("LNT-613", ("collections", number), what, advice)
