"""Building the fleet of a scenario: generated or read from a table, every trait filled in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.fleet.chances import Chances
from sim.fleet.device import Fleet
from sim.fleet.generation import GENERATED_LABELS, Labels, Rows, generate
from sim.fleet.groups import groups_of_all
from sim.fleet.inventories.importing import read_devices
from sim.fleet.streams import Streams, device_key
from sim.fleet.traits import AtSite, complete
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Generate, Scenario


def build_fleet(scenario: Scenario, folder: Path, assumed: Mapping[str, int]) -> Fleet:
    """Return the scenario's fleet, ordered by name; file names are relative to *folder*.

    Problems name the file from where the caller stands, as the scenario itself was named.

    Raises UnusableInput for a fleet table or an inventory that cannot be used.
    """
    if scenario.fleet.generate is not None:
        source = _with_defaults(scenario, scenario.fleet.generate)
        places = tuple(location.name for location in scenario.locations)
        clock = SiteClock(scenario.start, scenario.site.time_zone)
        streams = Streams(scenario.seed, None)
        rows, labels = generate(source, places, streams, assumed, clock, scenario.horizon)
        return _fleet(scenario, rows, labels, GENERATED_LABELS, assumed)
    assert scenario.fleet.import_ is not None
    path = folder / scenario.fleet.import_.file
    table = read_devices(path, str(path), scenario.site.time_zone)
    return _fleet(scenario, list(table.rows), list(table.labels), table.label_names, assumed)


def _with_defaults(scenario: Scenario, source: Generate) -> Generate:
    already = source.already_onboarded.model_copy(
        update={
            "payload": source.already_onboarded.payload or scenario.first_payload,
            "organization": source.already_onboarded.organization or scenario.organization,
        }
    )
    return source.model_copy(update={"already_onboarded": already})


def _fleet(
    scenario: Scenario,
    rows: Rows,
    labels: Labels,
    label_names: tuple[str, ...],
    assumed: Mapping[str, int],
) -> Fleet:
    order = sorted(range(len(rows)), key=[str(row["name"]) for row in rows].__getitem__)
    given = [rows[number] for number in order]
    labelled = [labels[number] for number in order]
    chances = _chances(scenario, given, _columns(labelled, label_names), assumed)
    site = AtSite(
        version=scenario.site.version,
        old_version=min(str(assumed["old_client_version"]), scenario.site.version),
        organization=scenario.organization,
        payload=scenario.first_payload,
        start=scenario.start,
    )
    return Fleet(complete(given, labelled, chances, site), label_names)


def _columns(labels: Labels, names: Sequence[str]) -> dict[str, list[str]]:
    return {name: [row[place] for row in labels] for place, name in enumerate(names)}


def _chances(
    scenario: Scenario, rows: Rows, labels: Mapping[str, list[str]], assumed: Mapping[str, int]
) -> Chances:
    streams = Streams(scenario.seed, None)
    keys = np.array([device_key(str(row["name"])) for row in rows], dtype=np.uint64)
    locations = [str(row.get("location", "")) for row in rows]
    groups = groups_of_all(locations, labels, keys, streams, assumed)
    return Chances(streams, keys, groups, assumed, chance=scenario.faults == "drawn")
