"""No row of an inventory goes missing: each is placed, or left out and counted with its reason."""

from datetime import datetime

import pytest

from sim.inventories.account import write_report
from sim.inventories.records import LONGEST_NAME, MAX_LINES
from tests.inventories.exports import (
    DEVICE,
    PORTAL,
    WORKSTATION,
    csv_of,
    devices,
    inventory,
    left_out,
    refusal,
    rows,
)

SYSTEMS = [
    {"ResourceID": n, "Name0": f"PC-{n}", "Operating_System_Name_and0": WORKSTATION,
     "Build01": "10.0.19045"}
    for n in ("1", "2", "3")
]  # fmt: skip


def told(read):
    return [line.strip() for line in read.summary()]


def test_obsolete_and_decommissioned_records_are_left_out_and_counted(tmp_path):
    read = inventory(
        tmp_path,
        devices({}, {"IsObsolete": "True"}, {"IsDecommissioned": "1"}, {"IsObsolete": "False"}),
    )

    assert [one["name"] for one in read.table.rows] == ["PC-1", "PC-4"]
    assert left_out(read) == [
        (3, "the record is obsolete"),
        (4, "the record is decommissioned"),
    ]
    assert told(read) == [
        "Read 4 rows of Get-CMDevice (CombinedDeviceResources): 2 placed, 2 left out.",
        "1 obsolete record",
        "1 decommissioned record",
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_of_records_with_one_name_the_most_recently_active_wins(turned, tmp_path):
    records = [
        {"Name": "PC-A", "LastActiveTime": "2026-02-01 00:00", "ADSiteName": "old"},
        {"Name": "pc-a", "LastPolicyRequest": "2026-03-01 00:00", "ADSiteName": "new"},
        {"Name": "Pc-A", "ATPLastConnected": "2026-01-01 00:00", "ADSiteName": "older"},
    ]
    read = inventory(tmp_path, devices(*(records[::-1] if turned else records)))

    assert [one["location"] for one in read.table.rows] == ["new"]
    assert read.read == 3
    winner = "/1.csv:3 with the same name was active more recently"
    assert [(line, reason.partition("/1.csv")[0] != "") for line, reason in left_out(read)] == [
        (2, True),
        (4, True),
    ]
    assert all(reason.endswith(winner) for _, reason in left_out(read)) or turned
    assert "2 older records of names that repeat" in told(read)


def test_of_equally_active_records_the_later_one_wins(tmp_path):
    read = inventory(tmp_path, devices({"Name": "A"}, {"Name": "A", "ADSiteName": "second"}))

    assert [one["location"] for one in read.table.rows] == ["second"]
    assert left_out(read)[0][1].endswith("/1.csv:3 with the same name comes later")


def test_an_obsolete_record_never_wins_over_one_that_counts(tmp_path):
    text = devices(
        {"Name": "A", "LastActiveTime": "2026-03-01", "IsObsolete": "True"},
        {"Name": "A", "LastActiveTime": "2026-01-01"},
    )
    read = inventory(tmp_path, text)

    assert read.table.lines == (3,)


def test_a_record_without_a_system_never_wins_over_one_that_has_one(tmp_path):
    text = devices(
        {"Name": "A", "LastActiveTime": "2026-03-01", "DeviceOS": "", "DeviceOSBuild": ""},
        {"Name": "A", "LastActiveTime": "2026-01-01"},
    )

    assert inventory(tmp_path, text).table.lines == (3,)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Name": ""}, "the row has no name"),
        ({"Name": " NULL "}, "the row has no name"),
        ({"Name": "A\x00B"}, 'the name "A B" contains a control character'),
        ({"Name": "A\u2028B"}, 'the name "A B" contains a control character'),
        (
            {"Name": "A" * (LONGEST_NAME + 1)},
            f'the name "{"A" * 40}..." is longer than {LONGEST_NAME} letters',
        ),
        ({"DeviceOS": "", "DeviceOSBuild": ""}, "the device has no system"),
        (
            {"DeviceOS": "macOS", "DeviceOSBuild": "14.1"},
            'the system "macOS 14.1" is unknown, or its build does not tell which it is',
        ),
        (
            {"DeviceOS": "Linux", "DeviceOSBuild": "22000"},
            'the system "Linux 22000" is unknown, or its build does not tell which it is',
        ),
        (
            {"DeviceOS": "", "DeviceOSBuild": "17763"},
            'the system "17763" is unknown, or its build does not tell which it is',
        ),
    ],
)
def test_a_row_that_cannot_be_placed_is_listed_with_file_line_and_reason(cells, reason, tmp_path):
    read = inventory(tmp_path, devices({}, cells))

    (out,) = read.left_out
    assert (out.line, out.text) == (3, reason)
    assert str(out.problem()) == f"{tmp_path}/1.csv:3: {reason}"
    assert len(read.table.rows) == 1


def test_the_longest_name_that_can_be_used_is_placed(tmp_path):
    assert len(inventory(tmp_path, devices(Name="A" * LONGEST_NAME)).table.rows) == 1


def test_a_line_with_too_few_or_too_many_cells_is_left_out(tmp_path):
    lines = devices({}, {}, {}, {}).splitlines()
    lines[2] = '"PC-2","2"'
    lines[3] += ',"more"'
    lines[4] += ",,"

    read = inventory(tmp_path, "\n".join(lines))

    assert [one["name"] for one in read.table.rows] == ["PC-1", "PC-4"]
    assert left_out(read) == [
        (3, "the line has 2 cells; 4, as many as the header"),
        (4, "the line has 5 cells; 4, as many as the header"),
    ]


def test_a_line_of_the_wrong_separator_is_left_out(tmp_path):
    text = devices({}) + csv_of(DEVICE | {"Name": "B"}, separator=";").splitlines()[1]

    assert left_out(inventory(tmp_path, text)) == [
        (3, 'text follows a closing quotation mark; "" for a quotation mark')
    ] or left_out(inventory(tmp_path, text)) == [
        (3, "the line has 1 cell; 4, as many as the header")
    ]


def test_blank_lines_are_no_rows(tmp_path):
    text = devices({}).replace("\r\n", "\r\n\r\n") + '"","","",""\r\n , \r\n'

    read = inventory(tmp_path, text)

    assert (read.read, read.table.lines, read.left_out) == (1, (3,), ())


def test_a_stray_quotation_mark_takes_no_other_line_with_it(tmp_path):
    lines = devices({}, {}, {}).splitlines()
    lines[2] = lines[2].replace('"PC-2"', '"PC-2')

    read = inventory(tmp_path, "\n".join(lines))

    assert [one["name"] for one in read.table.rows] == ["PC-1", "PC-3"]
    assert left_out(read) == [(3, 'a quoted cell that begins here never ends; a closing "')]


def test_two_stray_quotation_marks_take_nothing_that_stands_between_them(tmp_path):
    lines = devices({}, {}, {}, {}).splitlines()
    for at in (1, 3):
        lines[at] = lines[at].replace(',"', ',""', 1)

    read = inventory(tmp_path, "\n".join(lines))

    assert [one["name"] for one in read.table.rows] == ["PC-2", "PC-4"]
    assert [line for line, _ in left_out(read)] == [2, 4]


@pytest.mark.parametrize("breaks", [1, 2, MAX_LINES])
def test_a_cell_may_hold_line_breaks(breaks, tmp_path):
    text = devices({"ADSiteName": "A" + "\n" * breaks + "B"}, {"ADSiteName": "C"})

    read = inventory(tmp_path, text)

    assert read.table.lines == (2, 3 + breaks)
    assert read.table.rows[0]["location"] == "A" + "\n" * breaks + "B"


def test_a_huge_cell_is_left_out_with_its_line_alone(tmp_path):
    read = inventory(tmp_path, devices({"ADSiteName": "x" * 200_000}, {}))

    assert left_out(read) == [(2, "a cell is longer than 131072 letters")]
    assert read.table.lines == (3,)


def test_a_name_that_is_not_of_the_encoding_is_left_out_and_other_cells_are_told(tmp_path):
    text = devices({"Name": "Büro-1"}, {"ADSiteName": "Köln"}).encode("latin-1")

    read = inventory(tmp_path, text)

    assert left_out(read) == [
        (2, 'the name "B\ufffdro-1" contains characters outside the file\'s encoding')
    ]
    assert read.table.rows[0]["location"] == "K\ufffdln"
    assert "contains characters outside its encoding" in read.remarks[0]


def test_a_list_that_was_cut_gives_what_is_whole(tmp_path):
    text = '{"value": [' + ",\n".join(
        f'{{"Name": "PC-{n}", "DeviceOS": "{WORKSTATION}", "DeviceOSBuild": "19045"}}'
        for n in (1, 2, 3)
    )

    read = inventory(tmp_path, text[:-20])

    assert read.table.lines == (1, 2)
    assert left_out(read) == [(3, "the record is not whole JSON")]
    assert left_out(inventory(tmp_path, text)) == [(3, "the file ends before its list does")]


def test_a_damaged_object_of_a_list_is_left_out_alone(tmp_path):
    good = f'{{"Name": "A", "DeviceOS": "{WORKSTATION}", "DeviceOSBuild": "19045"}}'
    text = f'[{good},\n{{"Name": "B", oops}},\n7,\n{good.replace("A", "C")}]'

    read = inventory(tmp_path, text)

    assert [one["name"] for one in read.table.rows] == ["A", "C"]
    assert left_out(read) == [(2, "the record is not whole JSON"), (3, "the record is no object")]


@pytest.mark.parametrize("more", ["[", "[]", "{}", "x", '{"value": []}'])
@pytest.mark.parametrize("is_bare", [True, False])
def test_what_follows_a_list_does_not_go_missing_unsaid(is_bare, more, tmp_path):
    text = f'[{{"Name": "A", "DeviceOS": "{WORKSTATION}", "DeviceOSBuild": "19045"}}]'
    whole = text if is_bare else f'{{"value": {text}, "@odata.nextLink": "x", "n": [1]}}'

    assert inventory(tmp_path, f" {whole}\n").left_out == ()
    assert left_out(inventory(tmp_path, whole + more)) == [
        (1, "what follows the list is not the end of the answer")
    ]
    assert is_bare or len(inventory(tmp_path, whole[:-1]).left_out) == 1


def test_files_of_the_site_are_joined_by_resource_id(tmp_path):
    systems = csv_of(*SYSTEMS)
    details = csv_of(
        {"ResourceID": "1", "Caption0": "Microsoft Windows 10 Pro", "ProductType0": "1"},
        {"ResourceID": "2", "Caption0": "Microsoft Windows 10 Education", "ProductType0": "1"},
    )
    enclosures = csv_of(
        {"ResourceID": "1", "ChassisTypes0": "9"}, {"ResourceID": "1", "ChassisTypes0": "12"}
    )
    health = csv_of({"ResourceID": "2", "OnboardingState": "1", "OrgId": "contoso"})
    read = inventory(tmp_path, details, enclosures, systems, health)

    found = {
        one["name"]: (one.get("edition"), one.get("chassis"), one["onboarded"])
        for one in read.table.rows
    }
    assert found == {
        "PC-1": ("pro", "laptop", False),
        "PC-2": ("education", None, True),
        "PC-3": (None, None, False),
    }
    assert (read.read, read.joined, read.left_out) == (8, 8, ())
    assert told(read)[0].endswith(": 8 joined to 3 devices, 0 left out.")


@pytest.mark.parametrize("turned", [False, True])
def test_what_the_resources_say_stands_before_what_discovery_says(turned, tmp_path):
    resources = csv_of(DEVICE | {"MachineID": "1", "ResourceID": "", "ADSiteName": "new"})
    systems = csv_of(*(one | {"AD_Site_Name0": "old", "ESUValue": "1"} for one in SYSTEMS[:2]))
    files = [systems, resources] if turned else [resources, systems]

    read = rows(tmp_path, *files)

    assert (read["PC-1"]["location"], read["PC-1"]["esu"]) == ("new", True)
    assert read["PC-2"]["location"] == "old"


def test_rows_that_belong_to_no_device_are_left_out(tmp_path):
    health = csv_of(
        {"ResourceID": "1", "OnboardingState": "1"},
        {"ResourceID": "9", "OnboardingState": "1"},
        {"ResourceID": "", "OnboardingState": "1"},
    )
    read = inventory(tmp_path, csv_of(*SYSTEMS), health)

    assert left_out(read) == [
        (3, "no device has the ResourceID 9"),
        (4, "the row has no ResourceID"),
    ]
    assert "2 rows that belong to no device" in told(read)


def test_further_rows_of_a_device_that_is_left_out_are_counted_with_it(tmp_path):
    systems = csv_of(*(one | {"Obsolete0": str(int(one["ResourceID"] == "2"))} for one in SYSTEMS))
    health = csv_of(*({"ResourceID": n, "OnboardingState": "1"} for n in ("1", "2", "2")))

    read = inventory(tmp_path, systems, health)

    assert (read.read, read.joined) == (6, 3)
    assert "2 further rows of devices that are left out" in told(read)


def test_records_of_one_name_and_their_rows_are_told_apart(tmp_path):
    resources = devices(
        {"Name": "A", "LastActiveTime": "2026-01-01"}, {"Name": "A", "LastActiveTime": "2026-02-01"}
    )
    health = csv_of(*({"ResourceID": n, "OnboardingState": n} for n in ("1", "2")))

    read = inventory(tmp_path, resources, health)

    assert [one["onboarded"] for one in read.table.rows] == [False]
    assert (read.read, read.joined, len(read.left_out)) == (4, 2, 2)


def test_rows_without_a_number_are_devices_all_the_same(tmp_path):
    systems = csv_of(SYSTEMS[0], SYSTEMS[1] | {"ResourceID": ""}, SYSTEMS[2] | {"ResourceID": ""})
    health = csv_of({"ResourceID": "1", "OnboardingState": "1"})

    read = rows(tmp_path, systems, health)

    assert [read[f"PC-{n}"]["onboarded"] for n in (1, 2, 3)] == [True, False, False]


def test_devices_that_discovery_alone_knows_need_no_number(tmp_path):
    systems = csv_of(
        *(one | {"ResourceID": "", "Name0": f"X-{n}"} for n, one in enumerate(SYSTEMS))
    )

    read = inventory(tmp_path, devices(), systems)

    assert [one["name"] for one in read.table.rows] == ["PC-1", "X-0", "X-1", "X-2"]
    assert (read.read, read.left_out) == (4, ())


def test_a_row_that_two_records_share_counts_once(tmp_path):
    """A placed record keeps it; two that are left out have it counted with them once."""
    health = csv_of({"ResourceID": "1", "OnboardingState": "1"})
    for obsolete in ("0", "1"):
        resources = devices(
            {"IsObsolete": "1"}, {"ResourceID": "1", "IsObsolete": obsolete}, {"ResourceID": "3"}
        )
        read = inventory(tmp_path, resources, health)

        gone = 1 + int(obsolete)
        assert (read.read, len(read.table.rows)) == (4, 3 - gone)
        assert (read.joined, len(read.left_out)) == ((3, 1) if obsolete == "0" else (1, 3))


def test_pages_of_one_form_are_read_as_one(tmp_path):
    one, other = devices({}), devices({"Name": "PC-9", "ADSiteName": "X"})

    read = rows(tmp_path, one, other)

    assert list(read) == ["PC-1", "PC-9"]
    assert read["PC-9"]["location"] == "X"


def test_the_names_of_installations_are_no_names_of_devices(tmp_path):
    """Hardware inventory has a column Name0 too, which names the installation of Windows."""
    details = csv_of(
        {"ResourceID": "1", "Name0": "Microsoft Windows 10 Pro|C:\\Windows|\\Device\\Harddisk0",
         "Caption0": "Microsoft Windows 10 Pro", "Version0": "10.0.19045"}
    )  # fmt: skip

    assert list(rows(tmp_path, csv_of(*SYSTEMS), details)) == ["PC-1", "PC-2", "PC-3"]


def test_one_file_that_says_everything_of_several_views_needs_no_other(tmp_path):
    text = csv_of(SYSTEMS[0] | {"ChassisTypes0": "9", "OnboardingState": "1", "OrgId": "c"})

    (only,) = inventory(tmp_path, text).table.rows
    assert (only["chassis"], only["onboarded"], only["organization"]) == ("laptop", True, "c")


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (
            [csv_of({"ResourceID": "1", "OnboardingState": "1"})],
            "1.csv: AdvancedThreatProtectionHealthStatus does not name the devices; "
            "v_R_System or v_CombinedDeviceResources beside it",
        ),
        (
            [csv_of(PORTAL), devices()],
            "an export of the portal and one of the site cannot be joined; one of them alone",
        ),
        (
            [csv_of({"Name0": "A", "Build01": "19045"}),
             csv_of({"ResourceID": "1", "OnboardingState": "1"})],
            "1.csv:1: the column ResourceID is missing; it, because the files are joined by it",
        ),
        (
            ["name,os\nA,server-2016\n", devices()],
            "1.csv: a fleet table is read alone; no other file",
        ),
    ],
)  # fmt: skip
def test_files_that_do_not_belong_together_are_refused(contents, expected, tmp_path):
    assert refusal(tmp_path, *contents) == [expected]


def test_where_nothing_can_be_placed_everything_that_stood_in_the_way_is_told(tmp_path):
    problems = refusal(tmp_path, devices(*[{"DeviceOS": "macOS", "DeviceOSBuild": ""}] * 60))

    assert problems[0].startswith('1.csv:2: the system "macOS" is unknown')
    assert problems[50:] == [
        "and 10 more that could not be placed",
        "no row could be placed; one row for each device",
    ]


def test_the_report_lists_every_row_that_was_left_out(tmp_path):
    read = inventory(
        tmp_path,
        devices({}, {"IsObsolete": "1"}, {"Name": "'=cmd", "DeviceOS": "", "DeviceOSBuild": ""}),
    )
    write_report(read.left_out, tmp_path / "report.csv")

    assert (tmp_path / "report.csv").read_text("utf-8").splitlines() == [
        "file,line,name,reason",
        f"{tmp_path}/1.csv,3,PC-2,the record is obsolete",
        f"{tmp_path}/1.csv,4,'=cmd,the device has no system",
    ]


def test_a_folder_stands_for_its_files(tmp_path):
    from sim.inventories.importing import read_inventory

    (tmp_path / "v_R_System.csv").write_text(csv_of(*SYSTEMS))
    (tmp_path / "health.CSV").write_text(csv_of({"ResourceID": "1", "OnboardingState": "1"}))
    (tmp_path / "notes.md").write_text("no part of it")

    assert read_inventory([tmp_path]).joined == 4


def test_a_contact_is_no_moment_of_a_device_that_has_none(tmp_path):
    text = devices({"ATPLastConnected": ""}, {"ATPLastConnected": "2026-03-02"})

    first, second = inventory(tmp_path, text).table.rows
    assert "last_contact" not in first
    assert second["last_contact"] == datetime(2026, 3, 2)
