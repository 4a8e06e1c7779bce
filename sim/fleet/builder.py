"""Building the fleet of a scenario: generated or read from a table, every trait filled in."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sim.fleet.device import Device, Fleet
from sim.fleet.generation import GENERATED_LABELS, generate
from sim.fleet.reading import read_table
from sim.fleet.streams import Streams, device_key
from sim.fleet.traits import Given, Traits, complete
from sim.scenario.model import Generate, Scenario


def build_fleet(scenario: Scenario, folder: Path, assumed: Mapping[str, int]) -> Fleet:
    """Return the scenario's fleet, ordered by name; file names are relative to *folder*.

    Problems name the file from where the caller stands, as the scenario itself was named.

    Raises UnusableInput for a fleet table that cannot be used.
    """
    streams = Streams(scenario.seed, None)
    if scenario.fleet.generate is not None:
        source = _with_defaults(scenario, scenario.fleet.generate)
        places = tuple(location.name for location in scenario.locations)
        rows, labels = generate(source, places, streams)
        return _fleet(scenario, rows, labels, GENERATED_LABELS, assumed)
    assert scenario.fleet.import_ is not None
    path = folder / scenario.fleet.import_.file
    table = read_table(path, str(path))
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
    rows: list[dict[str, object]],
    labels: list[tuple[str, ...]],
    label_names: tuple[str, ...],
    assumed: Mapping[str, int],
) -> Fleet:
    order = sorted(range(len(rows)), key=[str(row["name"]) for row in rows].__getitem__)
    given: list[Given] = [rows[number] for number in order]
    keys = np.array([device_key(str(row["name"])) for row in given], dtype=np.uint64)
    traits = Traits(Streams(scenario.seed, None), keys, assumed, chance=scenario.faults == "drawn")
    site = {
        "version": scenario.site.version,
        "old_version": min(str(assumed["old_client_version"]), scenario.site.version),
        "organization": scenario.organization,
        "payload": scenario.first_payload,
    }
    devices: tuple[Device, ...] = complete(
        given, [labels[number] for number in order], traits, site
    )
    return Fleet(devices, label_names)
