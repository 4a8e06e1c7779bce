"""A fleet that is written as an export is imported as the same fleet, as far as the format goes."""

import csv
import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli.fleet import FORMATS as OFFERED
from sim.fleet.device import Fleet
from sim.fleet.tables import table_of, write_table_csv
from sim.inventories.exporting import CARRIED, FORMATS, Export
from sim.inventories.importing import read_inventory
from sim.reference.traits import TRAITS
from sim.reference.versions import client_version_number
from tests.fleet.tables import fleet
from tests.fleet.test_round_trip import fleets

NAMES = {"sql": "views", "adminservice": "f.json"}
MADE = fleet("generate: {devices: 400, already_onboarded: {share: 40 %, organization: contoso}}")
CONTACT = datetime(2026, 3, 2, 9, 5, 7)


def written(made, format, folder, time_zone="UTC"):
    """Write a fleet and return where."""
    out = folder / NAMES.get(format, "f.csv")
    if format == "sql":
        out.mkdir(exist_ok=True)
    Export(table_of(made), format, time_zone).write(out)
    return out


def again(made, format, folder, time_zone="UTC"):
    """Write a fleet, import it, and return its devices' traits in order of name."""
    read = read_inventory([written(made, format, folder, time_zone)], time_zone)
    assert read.left_out == ()
    return sorted(read.table.rows, key=lambda one: one["name"])


def carried(device, format):
    """Return what a format carries of a device, as docs/inventories.md says it."""
    kept = {name: getattr(device, name) for name in CARRIED[format]}
    if format == "table":
        return kept | {"client_version": client_version_number(device.client_version)}
    if kept["os"] == "server-sac-1809" and format != "sql":
        kept["os"] = "server-2019"
    kept["managed_by"] = device.managed_by
    if format == "portal":
        if device.managed_by == "co_managed":
            kept["managed_by"] = "configmgr"
        if not device.onboarded or device.sensor_running:
            del kept["sensor_running"]
        return kept
    if device.client == "none" or device.managed_by == "intune":
        kept["client"] = "none"
        del kept["client_version"], kept["managed_by"]
    else:
        kept["client_version"] = client_version_number(device.client_version)
    return kept


def found(row, wanted):
    """Return what was read of what is wanted."""
    read = {name: row.get(name, "" if wanted[name] == "" else None) for name in wanted}
    if read.get("client_version"):
        read["client_version"] = client_version_number(read["client_version"])
    return read


def plain(device):
    """Return a device whose texts are such as exports can hold."""
    texts = {"name": device.name, "location": device.location, "organization": device.organization}
    for name, text in texts.items():
        kept = "".join(sign for sign in text if sign.isprintable() and sign != "\ufffd").strip()
        texts[name] = "" if kept == "NULL" else kept
    contact = device.last_contact
    if contact is not None:
        contact = contact.replace(year=max(1990, min(contact.year, 9998)))
    return replace(device, **texts, last_contact=contact)


def lines_of(path):
    """Return the lines of a CSV file, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@st.composite
def plain_fleets(draw):
    made = draw(fleets())
    shown = []
    for device in made.devices:
        contact = device.last_contact
        if contact is not None and (contact.month, contact.day) == (2, 29):
            device = replace(device, last_contact=contact.replace(day=28))
        shown.append(plain(device))
    kept = {device.name.casefold(): device for device in shown if device.name}
    return Fleet(tuple(sorted(kept.values(), key=lambda device: device.name)))


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "table"])
@settings(max_examples=100)
@given(made=plain_fleets())
def test_what_was_written_imports_back_in_every_trait_that_the_format_carries(
    format, made, tmp_path_factory
):
    if not made.devices:
        return
    folder = tmp_path_factory.getbasetemp() / f"exported-{format}"
    folder.mkdir(exist_ok=True)

    rows = again(made, format, folder)

    wanted = [carried(device, format) for device in made.devices]
    assert [found(row, one) for row, one in zip(rows, wanted, strict=True)] == wanted


@pytest.mark.parametrize("format", FORMATS)
def test_a_made_up_fleet_imports_back(format, tmp_path):
    rows = again(MADE, format, tmp_path)

    wanted = [carried(device, format) for device in MADE.devices]
    assert [found(row, one) for row, one in zip(rows, wanted, strict=True)] == wanted
    assert sum(row["onboarded"] for row in rows) > 100


@pytest.mark.parametrize("format", ["adminservice", "portal"])
def test_moments_are_written_in_utc_and_read_in_the_clock_of_the_site(format, tmp_path):
    made = Fleet((replace(MADE.devices[0], last_contact=CONTACT),))
    out = written(made, format, tmp_path, "Asia/Tokyo")

    assert "2026-03-02T00:05:07" in out.read_text("utf-8")
    assert read_inventory([out], "Asia/Tokyo").table.rows[0]["last_contact"] == CONTACT
    assert read_inventory([out], "UTC").table.rows[0]["last_contact"].hour == 0


@pytest.mark.parametrize("format", ["cmdevice", "sql", "portal"])
def test_no_cell_of_an_export_would_be_run_by_a_spreadsheet(format, tmp_path):
    device = replace(MADE.devices[0], name="=cmd|'/c calc'", location="@SUM(1)", onboarded=True)
    hostile = Fleet((replace(device, organization="+1"),))
    out = written(hostile, format, tmp_path)

    for file in sorted(out.iterdir()) if out.is_dir() else [out]:
        for line in lines_of(file):
            assert [cell for cell in line.values() if cell.startswith(("=", "+", "-", "@"))] == []
    (row,) = again(hostile, format, tmp_path)
    assert (row["name"], row["location"]) == ("=cmd|'/c calc'", "@SUM(1)")


def test_the_cmdlets_export_is_as_powershell_writes_it(tmp_path):
    made = Fleet((replace(MADE.devices[0], last_contact=CONTACT.replace(hour=15)),))
    text = written(made, "cmdevice", tmp_path).read_bytes().decode()

    header, row, end = text.split("\r\n")
    assert header.startswith('"Name","ResourceID","ResourceType","DeviceOS","DeviceOSBuild"')
    assert '"3/2/2026 3:05:07 PM"' in row
    assert '"True"' in row
    assert end == ""


def test_the_views_are_as_a_query_saves_them(tmp_path):
    out = written(MADE, "sql", tmp_path)

    assert {file.name for file in out.iterdir()} == {
        "v_R_System.csv",
        "v_CombinedDeviceResources.csv",
        "v_GS_OPERATING_SYSTEM.csv",
        "v_GS_SYSTEM_ENCLOSURE.csv",
        "vSMS_G_System_AdvancedThreatProtectionHealthStatus.csv",
    }
    text = (out / "v_CombinedDeviceResources.csv").read_text("utf-8")
    assert text.startswith("MachineID,Name,")
    assert "ATP_OnboardingState" in text
    assert ",NULL," in text


def test_the_admin_service_answers_with_a_list_under_value(tmp_path):
    answer = json.loads(written(MADE, "adminservice", tmp_path).read_text("utf-8"))

    assert len(answer["value"]) == len(MADE)
    assert answer["value"][0]["IsObsolete"] is False
    assert answer["value"][0]["LastDDR"] is None


def test_the_portal_shows_long_silent_devices_as_inactive(tmp_path):
    quiet, stopped, heard = (
        replace(device, onboarded=True, sensor_running=number != 1, last_contact=contact)
        for number, (device, contact) in enumerate(
            zip(MADE.devices, (CONTACT.replace(day=1, month=2), CONTACT, CONTACT), strict=False)
        )
    )
    out = written(Fleet((quiet, stopped, heard)), "portal", tmp_path)

    lines = lines_of(out)
    assert [line["Health Status"] for line in lines] == ["Inactive", "NoSensorData", "Active"]


def test_traits_that_a_table_does_not_give_stay_empty(tmp_path):
    (tmp_path / "t.csv").write_text("name,os,dotnet\nA,server-2016,true\nB,server-2016,\n")
    table = read_inventory([tmp_path / "t.csv"]).table
    write_table_csv(table, tmp_path / "u.csv")

    lines = lines_of(tmp_path / "u.csv")
    assert [line["dotnet"] for line in lines] == ["true", ""]
    assert list(lines[0]) == list(TRAITS)
    assert read_inventory([tmp_path / "u.csv"]).table.rows == table.rows


def test_the_formats_that_are_offered_are_those_that_are_written():
    assert OFFERED == FORMATS


@pytest.mark.parametrize("format", FORMATS)
def test_the_page_on_inventories_says_what_each_format_carries(format):
    page = (Path(__file__).parents[2] / "docs" / "inventories.md").read_text("utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{format}` |")]
    said = re.findall(r"`(\w+)`", line.split(" | ")[2])

    carried_by = set(CARRIED[format])
    if "every trait" in line:
        assert carried_by == set(TRAITS)
    else:
        resources = set(CARRIED["cmdevice"]) if "cmdevice" in said else set()
        assert set(said) - {"cmdevice"} | resources == carried_by
