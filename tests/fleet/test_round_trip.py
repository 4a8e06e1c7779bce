"""A fleet that is written, as CSV or as Parquet, reads back to the same fleet."""

import csv
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.fleet.cells import neutralize, restore, write_cell
from sim.fleet.device import Fleet
from sim.fleet.tables import table_of, write_table_csv, write_table_parquet
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.systems import OPERATING_SYSTEMS
from sim.reference.traits import TRAITS, Device
from sim.runs.preparation import build_fleet
from sim.vocabulary import (
    AGENTS,
    ANTIVIRUS,
    CHASSIS,
    CLIENTS,
    EDITIONS,
    ELAM_DRIVERS,
    MANAGED_BY,
    NETWORKS,
    PRESENCES,
    SENSORS,
)
from tests.fleet.tables import IMPORTED, fleet, scenario

WRITERS = {"csv": write_table_csv, "parquet": write_table_parquet}

# What a cell holds after reading: no blanks around it, any sign but surrogates within.
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")).map(str.strip)
words = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
truths = st.booleans()


@st.composite
def devices(draw, name, labels):
    system = OPERATING_SYSTEMS[draw(st.sampled_from(sorted(OPERATING_SYSTEMS)))]
    kinds = ["client"] if system.product_type == "client" else ["server", "domain_controller"]
    onboarded = draw(truths)
    agent = draw(st.sampled_from(AGENTS))
    owner = words if onboarded else st.one_of(st.just(""), words)
    return Device(
        name=name,
        os=system.id,
        build=system.build,
        product_type=draw(st.sampled_from(kinds)),
        edition=draw(st.sampled_from(EDITIONS)),
        chassis=draw(st.sampled_from(CHASSIS)),
        location=draw(texts),
        managed_by=draw(st.sampled_from(MANAGED_BY)),
        client=draw(st.sampled_from(CLIENTS)),
        client_version=draw(st.sampled_from(["2403", "2107", "5.00.9128"])),
        presence=draw(st.sampled_from(PRESENCES)),
        agent=agent,
        agent_version=draw(words) if agent in ("mma", "mma_and_mde_client") else "",
        onboarded=onboarded,
        organization=draw(owner),
        payload=draw(owner),
        sensor_running=draw(truths),
        last_contact=draw(st.none() | moments),
        esu=draw(truths | st.dates()),
        fully_updated=draw(truths),
        telemetry_update=draw(truths),
        universal_crt=draw(truths),
        servicing_stack=draw(st.dates()),
        cumulative_update=draw(st.dates()),
        antivirus=draw(st.sampled_from(ANTIVIRUS)),
        elam_driver=draw(st.sampled_from(ELAM_DRIVERS)),
        sensor=draw(st.sampled_from(SENSORS)),
        installer_defect=draw(truths),
        network_streamlined=draw(st.sampled_from(NETWORKS)),
        dotnet=draw(truths),
        clock_ok=draw(truths),
        network=draw(st.sampled_from(NETWORKS)),
        restart_pending=draw(truths),
        joined_at=draw(st.none() | moments),
        retired_at=draw(st.none() | moments),
        labels=tuple(draw(texts) for _ in labels),
    )


@st.composite
def fleets(draw):
    names = draw(st.lists(words, min_size=1, max_size=4, unique_by=str.casefold))
    known = {name.casefold() for name in TRAITS}
    label = words.filter(lambda name: name.casefold() not in known)
    labels = draw(st.lists(label, max_size=2, unique=True))
    return Fleet(tuple(draw(devices(name, labels)) for name in sorted(names)), tuple(labels))


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=150)
@given(fleet=fleets())
def test_a_written_fleet_reads_back_to_the_same_fleet(form, fleet, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / f"round-trip-{form}"
    folder.mkdir(exist_ok=True)
    WRITERS[form](table_of(fleet), folder / "devices.csv")

    assert build_fleet(scenario(IMPORTED), folder, NO_ASSUMPTION) == fleet


NO_ASSUMPTION = dict.fromkeys(ASSUMPTIONS, 0)
"""Nothing is drawn here: every trait is in the table."""


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("faults", ["drawn", "none"])
def test_a_made_up_fleet_reads_back_with_its_presences_labels_and_turnover(form, faults, tmp_path):
    """Also where all that can be drawn is drawn anew: the assumptions of the reader are others."""
    made = fleet(
        "generate: {devices: 600, joins_per_week: 30, retires_per_week: 40}",
        f"faults: {faults}",
        "site: {time_zone: Europe/London}",
        horizon="30 d",
    )
    WRITERS[form](table_of(made), tmp_path / "devices.csv")

    read = build_fleet(scenario(IMPORTED, "seed: 99"), tmp_path, NO_ASSUMPTION)

    assert read == made
    presences = {"always_on"} if faults == "none" else {"always_on", "office", "rare", "off"}
    assert {device.presence for device in read.devices} == presences
    assert any(device.joined_at for device in read.devices)
    assert any(device.retired_at for device in read.devices)


@given(text=st.text())
def test_neutralizing_is_undone_by_restoring(text):
    assert restore(neutralize(text)) == text


@given(text=st.text())
def test_no_neutralized_cell_begins_as_a_spreadsheet_formula_does(text):
    assert not neutralize(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_plain_cell_is_written_as_it_is():
    assert neutralize("PC-1 (o'Brien) =1") == "PC-1 (o'Brien) =1"


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_fleet_gives_the_same_bytes(form, tmp_path):
    written = Fleet((), ("label",)) if form == "csv" else _small()
    for name in ("a", "b"):
        WRITERS[form](table_of(written), tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def _small():
    return fleet("generate: {devices: 50}")


def test_hostile_names_labels_and_headers_stay_cells_of_text(tmp_path):
    """What a spreadsheet would run is neutralized in every cell, the header's too."""
    hostile = ("=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "a\rb", 'a"b,c\nd')
    device = _small().devices[0]
    hostile_fleet = Fleet(
        (replace(device, name="=cmd", labels=hostile),), tuple(f"={n}" for n in range(8))
    )
    write_table_csv(table_of(hostile_fleet), tmp_path / "f.csv")

    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file, strict=True)
    assert len(header) == len(row) == len(TRAITS) + 8
    assert [c for c in header + row if c.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert row[-8:] == [neutralize(cell) for cell in hostile]


def test_a_written_table_has_the_traits_of_the_contract_in_their_order(tmp_path):
    write_table_csv(table_of(_small()), tmp_path / "f.csv")

    header = (tmp_path / "f.csv").read_text("utf-8").splitlines()[0]
    assert header == (
        "name,os,build,product_type,edition,chassis,location,managed_by,client,client_version,"
        "presence,agent,agent_version,onboarded,organization,payload,sensor_running,last_contact,"
        "esu,fully_updated,telemetry_update,universal_crt,servicing_stack,cumulative_update,"
        "antivirus,elam_driver,sensor,installer_defect,network_streamlined,dotnet,clock_ok,network,restart_pending,joined_at,retired_at,owner,unit,patch_cohort"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (26100, "26100"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 9, 5, 7, 8), "2026-03-02 09:05:07"),
        (datetime(26, 3, 2), "0026-03-02 00:00:00"),
        ("@risk", "'@risk"),
    ],
)
def test_each_kind_of_value_has_one_written_form(value, cell):
    assert write_cell(value) == cell
