"""Preparing a scenario: everything that is the same in every replication is computed once.

The fleet is generated or read from a table, every trait filled in; queries and name lists of
collections are parsed; secrets are looked up. All problems are reported together.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sim.errors import Problem, ProblemCollector, UnusableInput
from sim.files import read_text
from sim.fleet.device import Fleet, record_keys, record_order, tenure
from sim.fleet.generation import GENERATED_LABELS, Labels, Rows, generate
from sim.fleet.groups import groups_of_all
from sim.fleet.membership import Membership, UnknownMembers, check_names
from sim.fleet.streams import Streams
from sim.fleet.trait_draws import Chances, SiteDefaults, complete
from sim.inventories.importing import read_devices
from sim.kernel.replication import Prepared
from sim.kernel.site import SiteServer
from sim.language.query_parser import Query, parse_query
from sim.measures.device_table import take_device_table
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.traits import Device
from sim.runs.loading import refuse_unknown_label_values
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import Loaded
from sim.scenario.model import Generate, MemberFile, Scenario
from sim.scenario.reference_checks import read_member_file
from sim.scenario.value_checks import assumption_overrides
from sim.scenario.workspace import missing_variables, variable_names


def build_fleet(scenario: Scenario, folder: Path, assumed: Mapping[str, int]) -> Fleet:
    """Return the scenario's fleet, ordered by name; file names are relative to *folder*.

    Problems name the file relative to the current folder, as the scenario's own name does.

    Raises UnusableInput for a fleet table or an inventory that cannot be used.
    """
    if scenario.fleet.generate is not None:
        source = with_defaults(scenario, scenario.fleet.generate)
        places = tuple(location.name for location in scenario.locations)
        clock = SiteClock(scenario.start, scenario.site.time_zone)
        streams = Streams(scenario.seed, None)
        rows, labels = generate(source, places, streams, assumed, clock, scenario.horizon)
        return _fleet(scenario, rows, labels, GENERATED_LABELS, assumed)
    assert scenario.fleet.import_ is not None
    path = folder / scenario.fleet.import_.file
    table = read_devices(path, str(path), scenario.site.time_zone)
    return _fleet(scenario, list(table.rows), list(table.labels), table.label_names, assumed)


def with_defaults(scenario: Scenario, source: Generate) -> Generate:
    """Return a generated fleet with the payload and the organization that it starts with."""
    already = source.already_onboarded
    complete = already.model_copy(
        update={
            "payload": already.payload or scenario.first_payload or None,
            "organization": already.organization or scenario.organization or None,
        }
    )
    return source.model_copy(update={"already_onboarded": complete})


def _fleet(
    scenario: Scenario,
    rows: Rows,
    labels: Labels,
    label_names: tuple[str, ...],
    assumed: Mapping[str, int],
) -> Fleet:
    records = [(str(row["name"]), _joined_at(row)) for row in rows]
    order = record_order(records)
    ordered = [rows[number] for number in order]
    labelled = [labels[number] for number in order]
    streams = Streams(scenario.seed, None)
    keys = record_keys(records[number] for number in order)
    locations = [str(row.get("location", "")) for row in ordered]
    columns = {name: [row[at] for row in labelled] for at, name in enumerate(label_names)}
    groups = groups_of_all(locations, columns, keys, streams, assumed)
    chances = Chances(streams, keys, groups, assumed, chance=scenario.faults == "drawn")
    site = SiteDefaults(
        version=scenario.site.version,
        old_version=min(str(assumed["old_client_version"]), scenario.site.version),
        organization=scenario.organization,
        payload=scenario.first_payload,
        start=scenario.start,
    )
    return Fleet(complete(ordered, labelled, chances, site), label_names, keys)


def _joined_at(row: Mapping[str, object]) -> datetime | None:
    joined = row.get("joined_at")
    return joined if isinstance(joined, datetime) else None


def assumed_values(scenario: Scenario) -> dict[str, int]:
    """Return every assumption in force: the shipped table with the scenario's own values."""
    shipped = {name: entry.value for name, entry in ASSUMPTIONS.items()}
    return shipped | assumption_overrides(scenario, ASSUMPTIONS)


def prepare(loaded: Loaded, environment: Mapping[str, str] | None = None) -> Prepared:
    """Return everything that a replication needs.

    Secrets are looked up in *environment*, by default in the environment of the process. Raises
    UnusableInput for a fleet, query or variable that cannot be used.
    """
    environment = os.environ if environment is None else environment
    scenario = loaded.scenario
    assumed = assumed_values(scenario)
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    everybody, membership = _fleet_and_membership(loaded, assumed, environment, clock)
    fleet = membership.fleet
    absent: tuple[Device, ...] = ()
    if len(fleet) < len(everybody):
        horizon = scenario.horizon
        absent = tuple(
            device for device in everybody.devices if not tenure(device, clock).is_within(horizon)
        )
    members = membership.first_members(_present(fleet, clock))
    site = SiteServer(scenario, members, {}, len(fleet))
    clients = tuple(site.downlevel_client(device, 0) for device in range(len(fleet)))
    return Prepared(
        loaded=loaded,
        fleet=fleet,
        device_table=take_device_table(scenario, fleet, clock, clients),
        clock=clock,
        membership=membership,
        members=members,
        conditions=loaded.conditions,
        never_there=absent,
        assumed=assumed,
        environment=HiddenVariables(
            {name: environment[name] for name in variable_names(scenario) if name in environment}
        ),
    )


def _present(fleet: Fleet, clock: SiteClock) -> list[int]:
    """Return the devices that are there at the start."""
    return [n for n, device in enumerate(fleet.devices) if tenure(device, clock).joins == 0]


class HiddenVariables(dict[str, str]):
    """Variables of the environment; no message shows their values by accident (POL-3)."""

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


def _fleet_and_membership(
    loaded: Loaded, assumed: Mapping[str, int], environment: Mapping[str, str], clock: SiteClock
) -> tuple[Fleet, Membership]:
    """Return the whole fleet and its membership, or raise with all problems."""
    problems = ProblemCollector()
    missing = missing_variables(loaded.scenario, environment)
    problems.problems += [_placed(problem, loaded, problem.path) for problem in missing]
    fleet, membership = Fleet(()), None
    with problems.collected():
        fleet = build_fleet(loaded.scenario, loaded.folder, assumed)
    if fleet.devices:
        with problems.collected():
            membership = _membership(loaded, fleet, clock)
        with problems.collected():
            refuse_unknown_label_values(loaded, fleet)
    problems.raise_all()
    assert membership is not None
    return fleet, membership


def _membership(loaded: Loaded, fleet: Fleet, clock: SiteClock) -> Membership:
    """Parse queries and name lists against the fleet; leave out devices that never take part."""
    collector = ProblemCollector()
    queries: dict[str, Query] = {}
    for collection in loaded.scenario.collections:
        members = collection.members
        if isinstance(members, str) and members != "managed":
            try:
                queries[collection.name] = parse_query(members, fleet.label_names)
            except UnusableInput as error:
                path = f"collections[{collection.name}].members"
                collector.problems += [_placed(one, loaded, path) for one in error.problems]
    named: dict[str, tuple[str, ...]] = {}
    with collector.collected():
        named = named_members(loaded)
    try:
        check_names(fleet, named)
    except UnknownMembers as error:
        collector.problems += _members_placed(error, loaded)
    collector.raise_all()
    horizon = loaded.scenario.horizon
    inside = [
        number
        for number, device in enumerate(fleet.devices)
        if tenure(device, clock).is_within(horizon)
    ]
    if not inside:
        what = "no device takes part in the run at any time"
        expected = "joined_at before the horizon, and retired_at after that and after the start"
        raise UnusableInput([Problem(what, path="fleet", expected=expected)])
    if len(inside) < len(fleet):
        fleet = fleet.part(inside)
    return Membership(loaded.scenario, fleet, queries, named)


def _placed(problem: Problem, loaded: Loaded, path: str) -> Problem:
    file, line = loaded.lines.origin(path)
    return replace(problem, path=path, file=file, line=line)


def _members_placed(error: UnknownMembers, loaded: Loaded) -> Iterator[Problem]:
    """Yield each problem with the line of the unknown name."""
    collections = {collection.name: collection for collection in loaded.scenario.collections}
    for problem, (name, number, device) in zip(error.problems, error.unknown, strict=False):
        members = collections[name].members
        if isinstance(members, MemberFile):
            path = loaded.folder / members.file
            yield replace(problem, path="", file=str(path), line=_line_in(path, device))
        else:
            file, line = loaded.lines.origin(f"{problem.path}[{number}]")
            yield replace(problem, file=file, line=line)
    rest = len(error.unknown) - len(error.problems)
    if rest:
        yield Problem(f"and {rest} more names that are not in the fleet", file=loaded.file)


def _line_in(path: Path, device: str) -> int:
    lines = read_text(path, "member").splitlines()
    return next((at for at, line in enumerate(lines, start=1) if line.strip() == device), 0)


def named_members(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return the device names of each collection that lists them, in the scenario or in a file.

    Raises UnusableInput for files that cannot be read.
    """
    named: dict[str, tuple[str, ...]] = {}
    problems = ProblemCollector()
    for collection in loaded.scenario.collections:
        if isinstance(collection.members, MemberFile):
            with problems.collected():
                named[collection.name] = read_member_file(loaded.folder / collection.members.file)
        elif isinstance(collection.members, tuple):
            named[collection.name] = collection.members
    problems.raise_all()
    return named
