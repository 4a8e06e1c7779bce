"""Collections: no circles, readable queries, member files that are there."""

from collections.abc import Iterator

from sim.errors import UnusableInput
from sim.scenario.circles import circles
from sim.scenario.findings import Finding, Scene
from sim.scenario.member_files import read_member_file
from sim.scenario.model import Exclude, Include, MemberFile
from sim.scenario.queries import parse_query
from sim.scenario.yaml_text import Loc

ALL_MANAGED = "managed"


def collection_circles(scene: Scene) -> Iterator[Finding]:
    """Yield each circle of limiting, including and excluding collections."""
    collections = scene.scenario.collections
    edges = {one.name: one.depends_on for one in collections}
    names = [one.name for one in collections]
    for circle in circles(edges):
        loc: Loc = ("collections", names.index(circle[0]))
        what = f"the collection depends on itself in a circle: {' > '.join(circle)}"
        yield Finding(loc, what, "limit_to, include and exclude must not lead back")


def circles_by_steps(scene: Scene) -> Iterator[Finding]:
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
            yield Finding(("plan", position, verb), what, "another collection")
            return


def unreadable_members(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with queries and member files."""
    for position, collection in enumerate(scene.scenario.collections):
        loc: Loc = ("collections", position, "members")
        members = collection.members
        if isinstance(members, str) and members != ALL_MANAGED:
            yield from _of_query(scene, loc, members)
        elif isinstance(members, MemberFile):
            yield from _of_file(scene, (*loc, "file"), members.file)
        elif members == ():
            yield Finding(loc, "the list is empty", "name at least one device")


def _of_query(scene: Scene, loc: Loc, query: str) -> Iterator[Finding]:
    """Judge a query; an imported fleet may bring label columns, so any name may be one."""
    try:
        parse_query(query, None if scene.scenario.fleet.import_ else ())
    except UnusableInput as error:
        for problem in error.problems:
            yield Finding(loc, problem.what, problem.expected, problem.suggestion)


def _of_file(scene: Scene, loc: Loc, file: str) -> Iterator[Finding]:
    if scene.folder is None:
        return
    try:
        read_member_file(scene.folder / file)
    except UnusableInput as error:
        for problem in error.problems:
            line = f", line {problem.line}" if problem.line else ""
            yield Finding(loc, f'"{file}"{line}: {problem.what}', problem.expected)
