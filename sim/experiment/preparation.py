"""Preparing a rehearsal: everything that is the same in every replication, made once."""

import os
from collections.abc import Mapping

from sim.errors import Problem, UnusableInput
from sim.experiment.not_simulated import refuse_fleet, refuse_scenario
from sim.fleet.builder import build_fleet
from sim.fleet.device import Fleet
from sim.fleet.membership import Matches, Members, members_of
from sim.kernel.replication import Setting
from sim.kernel.site import Site
from sim.kernel.workspace import missing_variables
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario.calendar import SiteClock
from sim.scenario.expressions import conditions_of
from sim.scenario.loader import Loaded
from sim.scenario.member_files import read_member_file
from sim.scenario.model import MemberFile, Scenario
from sim.scenario.queries import parse_query
from sim.tally.roster import take_roster


def assumed_values(scenario: Scenario) -> dict[str, int]:
    """Return every assumption in force: the shipped table with the scenario's own values."""
    values = {name: entry.value for name, entry in ASSUMPTIONS.items()}
    values.update(scenario.assumptions)
    return values


def prepare(loaded: Loaded, environment: Mapping[str, str] | None = None) -> Setting:
    """Return all that a replication needs.

    *environment* holds the variables in which secrets are looked up; the process's own when None.
    Raises UnusableInput for a fleet, query or variable that cannot be used, NotSimulated for what
    this version does not simulate yet.
    """
    environment = os.environ if environment is None else environment
    scenario = loaded.scenario
    refuse_scenario(loaded)
    missing_variables(scenario, environment)
    assumed = assumed_values(scenario)
    fleet = build_fleet(scenario, loaded.folder, assumed)
    refuse_fleet(fleet, scenario.fleet.import_.file if scenario.fleet.import_ else loaded.file)
    members = _members(loaded, fleet)
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    settings = _downlevel_clients(scenario, members, len(fleet))
    return Setting(
        scenario=scenario,
        fleet=fleet,
        roster=take_roster(scenario, fleet, clock, settings),
        clock=clock,
        members=members,
        gates=conditions_of(scenario).gates,
        assumed=assumed,
        environment=environment,
    )


def _downlevel_clients(
    scenario: Scenario, members: Mapping[str, Members], devices: int
) -> tuple[str, ...]:
    site = Site(scenario, members, {}, devices)
    return tuple(site.downlevel_client(device, 0) for device in range(devices))


def _members(loaded: Loaded, fleet: Fleet) -> dict[str, Members]:
    """Parse queries and name lists against the fleet and evaluate every collection."""
    queries: dict[str, Matches] = {}
    problems: list[Problem] = []
    named = named_members(loaded)
    for collection in loaded.scenario.collections:
        members = collection.members
        if isinstance(members, str) and members != "managed":
            try:
                queries[collection.name] = parse_query(members, fleet.label_names).matches
            except UnusableInput as error:
                path = f"collections[{collection.name}].members"
                problems += [_placed(problem, loaded, path) for problem in error.problems]
    if problems:
        raise UnusableInput(problems)
    try:
        return members_of(loaded.scenario, fleet, queries, named)
    except UnusableInput as error:
        raise UnusableInput(
            _placed(problem, loaded, problem.path) for problem in error.problems
        ) from None


def _placed(problem: Problem, loaded: Loaded, path: str) -> Problem:
    line = loaded.lines.line(path)
    return Problem(
        problem.what, path, problem.expected, problem.suggestion, file=loaded.file, line=line
    )


def named_members(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return the device names of each collection that lists them, in the scenario or in a file.

    Raises UnusableInput for files that cannot be read.
    """
    named: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for collection in loaded.scenario.collections:
        if isinstance(collection.members, MemberFile):
            try:
                named[collection.name] = read_member_file(loaded.folder / collection.members.file)
            except UnusableInput as error:
                problems += error.problems
        elif isinstance(collection.members, tuple):
            named[collection.name] = collection.members
    if problems:
        raise UnusableInput(problems)
    return named
