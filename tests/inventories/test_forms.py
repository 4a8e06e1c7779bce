"""Exports are recognized by their headers, however they were saved."""

import pytest

from tests.inventories.exports import (
    DEVICE,
    PORTAL,
    SERVER,
    WORKSTATION,
    csv_of,
    devices,
    inventory,
    refusal,
    row,
    rows,
)

TYPE = "#TYPE Microsoft.ConfigurationManagement.ManagementProvider.WqlResultObject\r\n"
SYSTEM = {
    "ResourceID": "1",
    "Netbios_Name0": "PC-1",
    "Operating_System_Name_and0": WORKSTATION,
    "Build01": "10.0.19045",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", ["", TYPE, "sep=,\r\n", "\r\n\r\n"])
def test_an_export_reads_the_same_in_every_encoding_with_and_without_a_type_line(
    before, encoding, tmp_path
):
    text = before + devices({}, {"ADSiteName": "Köln"})
    if encoding == "utf-16-be":
        text = "\ufeff" + text

    read = rows(tmp_path, text.encode(encoding))

    assert [(one["name"], one["os"]) for one in read.values()] == [
        ("PC-1", "windows-10-22h2"),
        ("PC-2", "windows-10-22h2"),
    ]
    assert read["PC-2"]["location"] == "Köln"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_without_its_mark(encoding, tmp_path):
    assert row(tmp_path, devices().encode(encoding))["name"] == "PC-1"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_commas_semicolons_and_tabs_separate_columns(separator, end, tmp_path):
    text = csv_of(DEVICE, separator=separator).replace("\r\n", end)

    assert row(tmp_path, text)["os"] == "windows-10-22h2"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (csv_of(DEVICE), "Get-CMDevice (CombinedDeviceResources)"),
        (
            csv_of(
                {"MachineID": "1", "Name": "PC-1", "DeviceOS": SERVER, "DeviceOSBuild": "14393"}
            ),
            "Get-CMDevice (CombinedDeviceResources)",
        ),
        (csv_of(SYSTEM), "v_R_System"),
        (csv_of(PORTAL), "the portal's device inventory"),
        ({"value": [DEVICE]}, "Get-CMDevice (CombinedDeviceResources)"),
        ([DEVICE], "Get-CMDevice (CombinedDeviceResources)"),
        (
            {
                "@odata.context": "https://server/AdminService/wmi/$metadata#SMS_R_System",
                "value": [
                    {
                        "@odata.etag": None,
                        "ResourceId": 1,
                        "Name": "PC-1",
                        "OperatingSystemNameandVersion": WORKSTATION,
                        "Build": "10.0.19045",
                        "IPAddresses": ["10.0.0.1", "fe80::1"],
                    }
                ],
            },
            "v_R_System",
        ),
        ("name,os\nPC-1,server-2016\n", "a fleet table"),
        ("name,build,DeviceOS\nPC-1,19045,x\n", "a fleet table"),
    ],
)
def test_each_form_is_recognized_by_its_header(content, title, tmp_path):
    read = inventory(tmp_path, content)

    assert read.title == title
    assert [one["name"].upper() for one in read.table.rows] == ["PC-1"]
    assert (read.read, read.joined, read.left_out) == (1, 1, ())


def test_the_order_of_columns_and_the_name_of_the_file_do_not_matter(tmp_path):
    turned = dict(reversed(DEVICE.items()))

    assert row(tmp_path, v_R_System_csv=csv_of(turned))["os"] == "windows-10-22h2"


def test_columns_are_compared_without_case_blanks_and_underscores(tmp_path):
    cells = {"name ": "A", "DEVICE_OS": WORKSTATION, "deviceosbuild": "22631"}

    assert row(tmp_path, csv_of(cells))["os"] == "windows-11-23h2"


def test_the_list_of_the_admin_service_may_stand_anywhere_in_its_answer(tmp_path):
    answer = {"@odata.count": 2, "more": {"value": [1]}, "value": [DEVICE], "@odata.nextLink": "x"}

    assert row(tmp_path, answer)["name"] == "PC-1"


def test_what_a_spreadsheet_would_run_is_restored_in_csv_and_left_alone_in_json(tmp_path):
    assert row(tmp_path, devices(Name="'=1+1", ADSiteName="'@x"))["name"] == "=1+1"
    assert row(tmp_path, [DEVICE | {"Name": "'=1+1"}])["name"] == "'=1+1"


def test_null_says_nothing(tmp_path):
    read = row(tmp_path, devices(ADSiteName="NULL", BoundaryGroups=" NULL "))

    assert "location" not in read


def test_of_several_columns_for_one_fact_the_first_that_says_something_counts(tmp_path):
    system = SYSTEM | {"BuildExt": "NULL", "Name0": "OTHER"}

    assert row(tmp_path, csv_of(system))["os"] == "windows-10-22h2"
    assert row(tmp_path, csv_of(system))["name"] == "PC-1"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            csv_of({"Device Name": "a", "OS Build": "1", "Health Status": "Active"}),
            "1.csv:1: the header is not recognized; "
            "it is nearest to the portal's device inventory, where OS Platform is missing",
        ),
        (
            TYPE + csv_of({"ResourceID": "1", "IsClient": "1", "LastActiveTime": ""}),
            "1.csv:2: the header is not recognized; it is nearest to "
            "Get-CMDevice (CombinedDeviceResources), where Name and DeviceOS are missing",
        ),
        (
            '[\n{"ResourceId": 1, "CoManaged": true}]',
            "1.csv:2: the header is not recognized; it is nearest to "
            "Get-CMDevice (CombinedDeviceResources), where Name and DeviceOS are missing",
        ),
        ("Name,OS\nPC-1,windows-11-24h2\n", "1.csv:1: the header is not recognized; "
         "write the columns of a fleet table in lower case: name, os"),
        ("Name,OS,Antivirus\nPC-1,windows-11-24h2,ok\n", "1.csv:1: the header is not "
         "recognized; write the columns of a fleet table in lower case: name, os, antivirus"),
        ("name,OS\nPC-1,windows-11-24h2\n",
         '1.csv:1: the system is missing; rename "OS" to os'),
        ("Name,os\nPC-1,windows-11-24h2\n",
         '1.csv:1: the column name is missing; rename "Name" to name'),
        ('[{"Name": "PC-1", "OS": "a"}]', "1.csv:1: the header is not recognized; it is nearest to "
         "Get-CMDevice (CombinedDeviceResources), where DeviceOS is missing"),
        ('{"value": {}}', "1.csv: there is no list of records; a list of records, "
         'or an object that contains one under "value"'),
        ("[]", "1.csv: the list of records is empty; one object for each device"),
        ("[1]", "1.csv: no record of the list is whole; one object for each device"),
        ("", "1.csv: the file is empty; a header line and one line for each device"),
        ("name;os\na;b\n", "1.csv:1: the columns are separated by semicolons; write commas"),
        (b"PK\x03\x04...", "1.csv: this is an Excel workbook; CSV (Save as: CSV UTF-8)"),
        (csv_of(DEVICE).splitlines()[0],
         "Get-CMDevice (CombinedDeviceResources) has no rows below the header; "
         "one row for each device"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_recognized_is_refused_with_what_it_lacks(content, expected, tmp_path):
    assert refusal(tmp_path, content) == [expected]


def test_a_header_like_none_is_told_which_there_are(tmp_path):
    (told,) = refusal(tmp_path, "[" + '{"a": 1}' + "]")

    assert told.startswith("1.csv:1: the header is not recognized; a fleet table with the columns")
    for title in ("Get-CMDevice", "v_R_System", "portal"):
        assert title in told


def test_a_table_of_ones_own_that_lacks_a_column_is_told_as_such(tmp_path):
    assert refusal(tmp_path, "Name,os\nA,server-2016\n") == [
        '1.csv:1: the column name is missing; rename "Name" to name'
    ]


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()

    assert "the folder contains no exports" in refusal_of(tmp_path / "empty")
    assert "there is no such file" in refusal_of(tmp_path / "none.csv")
    assert "not a file name" in refusal_of(tmp_path / "a\0b")


def refusal_of(path):
    from sim.errors import UnusableInput
    from sim.inventories.importing import read_inventory

    with pytest.raises(UnusableInput) as refused:
        read_inventory([path])
    return str(refused.value)


def test_columns_that_are_not_used_are_told(tmp_path):
    read = inventory(tmp_path, devices(SMSID="x", PrimaryUser="y"))

    assert [told.partition(": ")[2] for told in read.unused] == [
        '2 columns are not used: "SMSID", "PrimaryUser"'
    ]
    assert inventory(tmp_path, devices()).unused == ()
