"""Checks between the parts of a scenario.

Names are unique and declared, collections do not depend on themselves, queries and member files
can be read, the support desk can do its work, and the fleet has one source that exists.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.files import read_text
from sim.language.query_parser import parse_query
from sim.reference.causes import CAUSES, REPAIRS
from sim.reference.systems import MIXES, OPERATING_SYSTEMS
from sim.scenario.model import MemberFile, PilotWorkload
from sim.scenario.steps import Exclude, Include
from sim.scenario.value_checks import CheckContext, Inconsistency, circles, seconds_of, unknown
from sim.scenario.values import ScenarioPart, references
from sim.scenario.yaml_text import Loc
from sim.units import MILLION, MINUTE, WEEK, PartsPerMillion, format_share


def read_member_file(path: str | Path) -> tuple[str, ...]:
    """Return the device names in the file at *path*, in order.

    A first line `name` above others is a header, as in the lists of `fleetsim lint --out`.

    Raises UnusableInput when the file cannot be read, names no device, or names one twice (in
    whatever case).
    """
    names: list[str] = []
    problems: list[Problem] = []
    first_lines: dict[str, int] = {}
    for number, line in enumerate(read_text(path, "member").splitlines(), start=1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        first = first_lines.setdefault(name.casefold(), number)
        if first != number:
            what = f'"{name}" is named twice (lines {first} and {number})'
            problems.append(Problem(what, expected="keep one", file=str(path), line=number))
        names.append(name)
    if len(names) > 1 and names[0] == "name":
        del names[0]
    if not names:
        what = "the file names no device"
        problems.append(Problem(what, expected="one device name on each line", file=str(path)))
    if problems:
        raise UnusableInput(problems)
    return tuple(names)


_SECTIONS: dict[str, tuple[Loc, str]] = {
    "administrators": (("site", "administrators"), "administrator"),
    "locations": (("locations",), "location"),
    "collections": (("collections",), "collection"),
    "client_settings": (("client_settings",), "client setting"),
    "packages": (("packages",), "package"),
    "policies": (("policies",), "policy"),
    "plan": (("plan",), "step"),
}


def repeated_names(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each name that is given twice in a section; case matters."""
    for section, (place, kind) in _SECTIONS.items():
        seen: set[str] = set()
        for position, name in enumerate([item.name for item in context.items(section)]):
            if name in seen:
                what = f'a second {kind} named "{name}"'
                yield Inconsistency(
                    (*place, position, "name"), what, "names in a section are unique"
                )
            if name:
                seen.add(name)


def unknown_references(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each use of a name that is declared nowhere."""
    for section in ("collections", "maintenance_windows", "client_settings", "policies", "plan"):
        for position, item in enumerate(context.items(section)):
            kind: type[ScenarioPart] = type(item)
            for used in references(kind):
                names, loc = getattr(item, used.attribute), (section, position, used.key)
                yield from _undeclared(context, loc, names, used.section)
    workload = context.scenario.site.endpoint_protection_workload
    if isinstance(workload, PilotWorkload):
        at = ("site", "endpoint_protection_workload", "pilot")
        yield from _undeclared(context, at, workload.pilot, "collections")


def _undeclared(
    context: CheckContext, loc: Loc, used: str | tuple[str, ...] | None, section: str
) -> Iterator[Inconsistency]:
    declared, kind = context.names_in(section), _SECTIONS[section][1]
    if declared is None or used is None:
        return
    if isinstance(used, str):
        if used not in declared:
            yield unknown(loc, kind, used, declared)
        return
    for position, name in enumerate(used):
        if name not in declared:
            yield unknown((*loc, position), kind, name, declared)


ALL_MANAGED = "managed"


def collection_circles(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each circle of limiting, including and excluding collections."""
    collections = context.scenario.collections
    edges = {collection.name: collection.depends_on for collection in collections}
    names = [collection.name for collection in collections]
    for circle in circles(edges):
        loc: Loc = ("collections", names.index(circle[0]))
        what = f"the collection depends on itself in a circle: {' > '.join(circle)}"
        yield Inconsistency(loc, what, "limit_to, include and exclude must not lead back")


def circles_by_steps(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each step that makes a collection depend on itself, by including or excluding."""
    collections = context.scenario.collections
    edges = {collection.name: set(collection.depends_on) for collection in collections}
    if next(circles({name: tuple(others) for name, others in edges.items()}), None):
        return
    for position, step in enumerate(context.scenario.plan):
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


def unreadable_members(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with queries and member files."""
    for position, collection in enumerate(context.scenario.collections):
        loc: Loc = ("collections", position, "members")
        members = collection.members
        if isinstance(members, str) and members != ALL_MANAGED:
            # An imported fleet may bring label columns, so any name is allowed there.
            columns = None if context.scenario.fleet.import_ else ()
            try:
                parse_query(members, columns)
            except UnusableInput as error:
                for problem in error.problems:
                    yield Inconsistency(loc, problem.what, problem.expected, problem.suggestion)
        elif isinstance(members, MemberFile):
            yield from _of_file(context, (*loc, "file"), members.file)
        elif members == ():
            yield Inconsistency(loc, "the list is empty", "name at least one device")


def _of_file(context: CheckContext, loc: Loc, file: str) -> Iterator[Inconsistency]:
    if context.folder is None:
        return
    try:
        read_member_file(context.folder / file)
    except UnusableInput as error:
        for problem in error.problems:
            line = f", line {problem.line}" if problem.line else ""
            yield Inconsistency(loc, f'"{file}"{line}: {problem.what}', problem.expected)


def support_desk(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the support desk."""
    desk = context.scenario.support_desk
    if desk is None:
        return
    opens, closes = desk.hours.split("-")
    if not opens < closes or closes > "24:00":
        expected = "such as 08:00-17:00"
        yield Inconsistency(("support_desk", "hours"), "the desk closes before it opens", expected)
    begins = 0 if desk.from_ is None else seconds_of(context, desk.from_)
    ends = context.scenario.horizon if desk.until is None else seconds_of(context, desk.until)
    if begins >= min(ends, context.scenario.horizon) > 0:
        place = "from" if desk.until is None else "until"
        what = "the desk never works: it starts at or after its end or the horizon"
        yield Inconsistency(("support_desk", place), what, "from before until, both within the run")
    for cause, work in desk.repairs.items():
        loc: Loc = ("support_desk", "repairs", cause)
        if cause not in CAUSES:
            yield Inconsistency(loc, f'unknown cause "{cause}"', "", nearest(cause, tuple(REPAIRS)))
        elif cause not in REPAIRS:
            what = f"{cause} cannot be repaired on a single device"
            yield Inconsistency(loc, what, f"one of {', '.join(REPAIRS)}")
        elif not MINUTE <= work <= WEEK:
            yield Inconsistency(loc, "the repair time is out of range", "between 1 min and 7 d")


MAX_DEVICES = 2_000_000
"""The largest fleet of a run."""
_MIX: Loc = ("fleet", "generate", "mix")


def fleet_source(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the source of the fleet."""
    fleet = context.scenario.fleet
    if (fleet.generate is None) == (fleet.import_ is None):
        what = "both generate and import" if fleet.generate else "neither generate nor import"
        yield Inconsistency(("fleet",), what, "a fleet has exactly one of them")
    file = fleet.import_.file if fleet.import_ else None
    if not file or context.folder is None or (context.folder / file).is_file():
        return
    what, expected = f'there is no file "{file}"', "file names are relative to the scenario"
    if (context.folder / file).is_dir():
        what = f'"{file}" is a folder'
        expected = "a file; fleetsim fleet import writes one for the exports in a folder"
    elif (context.folder / file).exists():
        what, expected = f'"{file}" is not an ordinary file', "a CSV or Parquet file"
    yield Inconsistency(("fleet", "import", "file"), what, expected)


def mix(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield what is wrong with the mix of systems of a made-up fleet."""
    generate = context.scenario.fleet.generate
    if generate is None:
        return
    if isinstance(generate.mix, str):
        if generate.mix not in MIXES:
            yield unknown(_MIX, "mix", generate.mix, tuple(MIXES))
    else:
        yield from _table(generate.mix)


def too_many_joining(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield a finding where so many devices join that the fleet is too large to simulate."""
    generate = context.scenario.fleet.generate
    if generate is None:
        return
    weeks = context.scenario.horizon // WEEK + 1
    if generate.devices + generate.joins_per_week * weeks > MAX_DEVICES:
        what = f"with those that join there would be more than {MAX_DEVICES} devices"
        loc: Loc = ("fleet", "generate", "joins_per_week")
        yield Inconsistency(loc, what, "fewer devices, or a nearer horizon")


def _table(shares: Mapping[str, PartsPerMillion]) -> Iterator[Inconsistency]:
    systems = tuple(OPERATING_SYSTEMS)
    for system in shares:
        if system not in systems:
            yield unknown((*_MIX, system), "operating system", system, systems)
    total = sum(shares.values())
    if total != MILLION:
        yield Inconsistency(_MIX, f"the shares add up to {format_share(total)}", "100 %")
