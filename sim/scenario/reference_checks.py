"""Circles in what refers to what: collections that limit each other, steps that wait.

Names: each given once in its section, each one used declared somewhere.

Collections: no circles, readable queries, member files that are there.

The support desk: causes that a technician can repair, hours that are some time, work to do.

The fleet: one source, a mix that adds up, systems of the catalogue, a file that is there.
"""

from collections.abc import Iterator, Mapping

from sim.errors import UnusableInput, nearest
from sim.language.query_parser import parse_query
from sim.language.traits import MIXES, operating_systems
from sim.reference.causes import REPAIRS
from sim.scenario.check_context import CheckContext, Inconsistency, circles, unknown
from sim.scenario.member_files import read_member_file
from sim.scenario.model import MemberFile
from sim.scenario.steps import Exclude, Include
from sim.scenario.time_checks import seconds_of
from sim.scenario.values import ScenarioPart, references
from sim.scenario.yaml_text import Loc
from sim.units import MILLION, MINUTE, WEEK, PartsPerMillion, format_share
from sim.vocabulary import CAUSES

_SECTIONS: dict[str, tuple[Loc, str]] = {
    "administrators": (("site", "administrators"), "administrator"),
    "locations": (("locations",), "location"),
    "collections": (("collections",), "collection"),
    "client_settings": (("client_settings",), "client setting"),
    "packages": (("packages",), "package"),
    "policies": (("policies",), "policy"),
    "plan": (("plan",), "step"),
}


def repeated_names(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield each name that a section gives twice; names differ by case."""
    for section, (place, kind) in _SECTIONS.items():
        seen: set[str] = set()
        for position, name in enumerate(_declared(scene, section)):
            if name in seen:
                what = f'a second {kind} named "{name}"'
                yield Inconsistency(
                    (*place, position, "name"), what, "names in a section are unique"
                )
            if name:
                seen.add(name)


def _declared(scene: CheckContext, section: str) -> list[str | None]:
    return [item.name for item in scene.items(section)]


def unknown_references(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield each use of a name that is declared nowhere."""
    for section in ("collections", "maintenance_windows", "client_settings", "policies", "plan"):
        for position, item in enumerate(scene.items(section)):
            kind: type[ScenarioPart] = type(item)
            for one in references(kind):
                used = getattr(item, one.attribute)
                yield from _missing(scene, (section, position, one.key), used, one.section)


def _missing(
    scene: CheckContext, loc: Loc, used: str | tuple[str, ...] | None, section: str
) -> Iterator[Inconsistency]:
    known, kind = scene.known(section), _SECTIONS[section][1]
    if known is None or used is None:
        return
    if isinstance(used, str):
        if used not in known:
            yield unknown(loc, kind, used, known)
        return
    for position, name in enumerate(used):
        if name not in known:
            yield unknown((*loc, position), kind, name, known)


ALL_MANAGED = "managed"


def collection_circles(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield each circle of limiting, including and excluding collections."""
    collections = scene.scenario.collections
    edges = {one.name: one.depends_on for one in collections}
    names = [one.name for one in collections]
    for circle in circles(edges):
        loc: Loc = ("collections", names.index(circle[0]))
        what = f"the collection depends on itself in a circle: {' > '.join(circle)}"
        yield Inconsistency(loc, what, "limit_to, include and exclude must not lead back")


def circles_by_steps(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield each step that makes a collection depend on itself, by including or excluding."""
    collections = scene.scenario.collections
    edges = {one.name: set(one.depends_on) for one in collections}
    if next(circles({name: tuple(others) for name, others in edges.items()}), None):
        return
    for position, step in enumerate(scene.scenario.plan):
        if isinstance(step, Exclude):
            verb, other, owner = "exclude", step.exclude, step.from_
        elif isinstance(step, Include):
            verb, other, owner = "include", step.include, step.in_
        else:
            continue
        edges.setdefault(owner, set()).add(other)
        circle = next(circles({name: tuple(sorted(to)) for name, to in edges.items()}), None)
        if circle:
            what = f"collections would depend on themselves in a circle: {' > '.join(circle)}"
            yield Inconsistency(("plan", position, verb), what, "another collection")
            return


def unreadable_members(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with queries and member files."""
    for position, collection in enumerate(scene.scenario.collections):
        loc: Loc = ("collections", position, "members")
        members = collection.members
        if isinstance(members, str) and members != ALL_MANAGED:
            yield from _of_query(scene, loc, members)
        elif isinstance(members, MemberFile):
            yield from _of_file(scene, (*loc, "file"), members.file)
        elif members == ():
            yield Inconsistency(loc, "the list is empty", "name at least one device")


def _of_query(scene: CheckContext, loc: Loc, query: str) -> Iterator[Inconsistency]:
    """Judge a query; an imported fleet may bring label columns, so any name may be one."""
    try:
        parse_query(query, None if scene.scenario.fleet.import_ else ())
    except UnusableInput as error:
        for problem in error.problems:
            yield Inconsistency(loc, problem.what, problem.expected, problem.suggestion)


def _of_file(scene: CheckContext, loc: Loc, file: str) -> Iterator[Inconsistency]:
    if scene.folder is None:
        return
    try:
        read_member_file(scene.folder / file)
    except UnusableInput as error:
        for problem in error.problems:
            line = f", line {problem.line}" if problem.line else ""
            yield Inconsistency(loc, f'"{file}"{line}: {problem.what}', problem.expected)


def support_desk(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the support desk."""
    desk = scene.scenario.support_desk
    if desk is None:
        return
    opens, closes = desk.hours.split("-")
    if not opens < closes or closes > "24:00":
        expected = "such as 08:00-17:00"
        yield Inconsistency(("support_desk", "hours"), "the desk closes before it opens", expected)
    begins = 0 if desk.from_ is None else seconds_of(scene, desk.from_)
    ends = scene.scenario.horizon if desk.until is None else seconds_of(scene, desk.until)
    if begins >= min(ends, scene.scenario.horizon) > 0:
        place = "from" if desk.until is None else "until"
        what = "the desk never works: it begins at or after its end or the horizon"
        yield Inconsistency(("support_desk", place), what, "from before until, both within the run")
    for cause, work in desk.repairs.items():
        loc: Loc = ("support_desk", "repairs", cause)
        if cause not in CAUSES:
            yield Inconsistency(loc, f'unknown cause "{cause}"', "", nearest(cause, tuple(REPAIRS)))
        elif cause not in REPAIRS:
            what = f"{cause} is not put right on a single device"
            yield Inconsistency(loc, what, f"one of {', '.join(REPAIRS)}")
        elif not MINUTE <= work <= WEEK:
            yield Inconsistency(loc, "no usable time of work", "between 1 min and 7 d")


MOST_DEVICES = 2_000_000
"""The largest fleet of a run."""
_MIX: Loc = ("fleet", "generate", "mix")


def fleet_source(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with where the fleet comes from."""
    fleet = scene.scenario.fleet
    if (fleet.generate is None) == (fleet.import_ is None):
        what = "both generate and import" if fleet.generate else "neither generate nor import"
        yield Inconsistency(("fleet",), what, "a fleet has exactly one of them")
    file = fleet.import_.file if fleet.import_ else None
    if file and scene.folder is not None and not (scene.folder / file).is_file():
        expected = "file names are relative to the scenario"
        yield Inconsistency(("fleet", "import", "file"), f'there is no file "{file}"', expected)


def mix(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the mix of systems of a made-up fleet."""
    generate = scene.scenario.fleet.generate
    if generate is None:
        return
    if isinstance(generate.mix, str):
        if generate.mix not in MIXES:
            yield unknown(_MIX, "mix", generate.mix, MIXES)
    else:
        yield from _table(generate.mix)


def too_many_joining(scene: CheckContext) -> Iterator[Inconsistency]:
    """Yield a finding where so many devices join that the fleet cannot be simulated."""
    generate = scene.scenario.fleet.generate
    if generate is None:
        return
    weeks = scene.scenario.horizon // WEEK + 1
    if generate.devices + generate.joins_per_week * weeks > MOST_DEVICES:
        what = f"with those that join there would be more than {MOST_DEVICES} devices"
        loc: Loc = ("fleet", "generate", "joins_per_week")
        yield Inconsistency(loc, what, "fewer devices, or a nearer horizon")


def _table(shares: Mapping[str, PartsPerMillion]) -> Iterator[Inconsistency]:
    known = operating_systems()
    for system in shares:
        if system not in known:
            yield unknown((*_MIX, system), "operating system", system, known)
    total = sum(shares.values())
    if total != MILLION:
        yield Inconsistency(_MIX, f"the shares add up to {format_share(total)}", "100 %")
