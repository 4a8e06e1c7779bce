"""Dates are read as the export means them: which of day and month comes first is told apart."""

from datetime import datetime

import pytest

from tests.inventories.exports import DEVICE, devices, inventory, row, rows

NINE = datetime(2026, 3, 2, 9, 0)


def contacts(folder, *cells):
    """Return the last contacts of devices with these cells, and the remarks."""
    read = inventory(folder, devices(*({"ATPLastConnected": cell} for cell in cells)))
    found = {one["name"]: one.get("last_contact") for one in read.table.rows}
    return [found[f"PC-{n}"] for n in range(1, len(cells) + 1)], read.remarks


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-02T09:00:00Z",
        "2026-03-02 09:00:00.000",
        "2026-03-02T09:00:00.1234567Z",
        "2026-03-02T10:00:00+01:00",
        "3/2/2026 9:00:00 AM",
        "02.03.2026 09:00",
        "02.03.2026 09:00:00",
        "3/2/2026 09:00",
        "/Date(1772442000000)/",
        "/Date(1772442000000+0100)/",
    ],
)
def test_each_form_of_a_moment_is_read(cell, tmp_path):
    assert contacts(tmp_path, cell)[0] == [NINE]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("3/2/2026 9:00:00 AM", "3/13/2026 12:30:00 AM"), [NINE, datetime(2026, 3, 13, 0, 30)]),
        (("2/3/2026 9:00:00 AM", "13/3/2026 12:30:00 PM"), [NINE, datetime(2026, 3, 13, 12, 30)]),
        (("2-3-2026 9:00", "13-3-2026 9:00"), [NINE, datetime(2026, 3, 13, 9)]),
        (("2/3/2026 9:00 a.m.", "31/12/2026"), [NINE, datetime(2026, 12, 31)]),
        (("02.03.2026 09:00", "3/2/2026 9:00"), [NINE, NINE]),
    ],
)
def test_the_one_reading_that_fits_all_cells_of_a_file_counts(cells, expected, tmp_path):
    read, remarks = contacts(tmp_path, *cells)

    assert read == expected
    assert [told for told in remarks if "either way" in told] == (
        [] if any("13" in cell or "31" in cell for cell in cells) else list(remarks)
    )


def test_other_columns_of_the_file_tell_day_and_month_apart_too(tmp_path):
    text = devices({"ATPLastConnected": "2/3/2026 9:00:00", "LastActiveTime": "28/2/2026 8:00:00"})

    read = inventory(tmp_path, text)

    assert read.table.rows[0]["last_contact"] == NINE
    assert read.remarks == ()


def test_where_both_readings_fit_the_month_comes_first_and_it_is_told(tmp_path):
    read, remarks = contacts(tmp_path, "3/2/2026 9:00:00 AM", "5/5/2026")

    assert read == [NINE, datetime(2026, 5, 5)]
    assert [told.split("/")[-1] for told in remarks] == [
        "1.csv writes days that could be read either way: month first."
    ]


def test_days_that_are_the_same_either_way_need_no_remark(tmp_path):
    assert contacts(tmp_path, "5/5/2026", "2026-03-02 09:00")[1] == ()


def test_each_file_has_its_own_reading(tmp_path):
    one = devices({"Name": "A", "ATPLastConnected": "3/2/2026"}, {"ATPLastConnected": "3/13/2026"})
    other = devices(
        {"Name": "B", "ATPLastConnected": "2/3/2026"}, {"ATPLastConnected": "13/3/2026"}
    )

    read = rows(tmp_path, one, other)

    assert read["A"]["last_contact"] == read["B"]["last_contact"] == datetime(2026, 3, 2)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", NINE),
        ("Europe/Berlin", datetime(2026, 3, 2, 10)),
        ("Asia/Tokyo", datetime(2026, 3, 2, 18)),
    ],
)
def test_moments_with_a_zone_become_the_wall_clock_of_the_site(zone, expected, tmp_path):
    text = devices(
        {"ATPLastConnected": "2026-03-02T09:00:00Z"}, {"ATPLastConnected": "3/2/2026 9:00"}
    )

    read = rows(tmp_path, text, time_zone=zone)

    assert read["PC-1"]["last_contact"] == expected
    assert read["PC-2"]["last_contact"] == NINE


@pytest.mark.parametrize(
    "cell", ["1/1/1601", "0001-01-01T00:00:00Z", "1980-01-01 00:00:00", "NULL"]
)
def test_a_date_before_all_devices_means_never(cell, tmp_path):
    assert contacts(tmp_path, cell) == ([None], ())


@pytest.mark.parametrize(
    "cell",
    ["yesterday", "13/13/2026", "2026-02-30", "3/2/2026 25:00", "3/2/2026 13:00 PM", "0/0/2026",
     "3/2/26", "/Date(999999999999999)/", "9999-12-31T23:59:59-12:00x", "3/2/2026 9:00 XM"],
)  # fmt: skip
def test_what_is_no_date_is_passed_over_and_told_with_its_line(cell, tmp_path):
    read, remarks = contacts(tmp_path, "", cell)

    assert read == [None, None]
    assert [told.partition("/1.csv")[2] for told in remarks if "either way" not in told] == [
        f':3: contact "{cell}" is ignored; a date was expected.'
    ]


def test_the_edge_of_the_calendar_is_no_error(tmp_path):
    cells = ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z")

    read = rows(
        tmp_path, devices(*({"ATPLastConnected": cell} for cell in cells)), time_zone="Asia/Tokyo"
    )

    assert all(one["last_contact"].year == 9999 for one in read.values())


def test_the_inventory_is_as_of_its_latest_moment(tmp_path):
    text = devices(
        {"ATPLastConnected": "2026-03-02 09:00", "LastActiveTime": "2026-03-04 10:00"},
        {"ATPLastConnected": "2026-03-03 09:00"},
    )

    assert inventory(tmp_path, text).as_of == datetime(2026, 3, 4, 10)
    assert inventory(tmp_path, devices()).as_of is None


def test_a_device_of_json_has_its_moments_too(tmp_path):
    assert (
        row(tmp_path, [DEVICE | {"ATPLastConnected": "2026-03-02T09:00:00Z"}])["last_contact"]
        == NINE
    )
