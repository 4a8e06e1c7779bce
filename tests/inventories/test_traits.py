"""What the columns of an inventory say becomes the traits of a device."""

from datetime import date, datetime

import pytest

from tests.inventories.exports import (
    DEVICE,
    PORTAL,
    SERVER,
    WORKSTATION,
    csv_of,
    devices,
    inventory,
    row,
    traits,
)

CONTROLLER = "Microsoft Windows NT Advanced Server 10.0"


@pytest.mark.parametrize(
    ("name", "build", "os", "product_type"),
    [
        (WORKSTATION, "10.0.19045.3324", "windows-10-22h2", "client"),
        (WORKSTATION, "10.0.22631", "windows-11-23h2", "client"),
        (f"{WORKSTATION} (Tablet Edition)", "10.0.14393", "windows-10-1607", "client"),
        (WORKSTATION, "10.0.17763", "windows-10-1809", "client"),
        (SERVER, "10.0.17763.1", "server-2019", "server"),
        (SERVER, "10.0.14393", "server-2016", "server"),
        (SERVER, "10.0.26100", "server-2025", "server"),
        (CONTROLLER, "10.0.20348", "server-2022", "domain_controller"),
        ("Microsoft Windows NT Workstation 6.3", "6.3.9600", "windows-8.1", "client"),
        ("Microsoft Windows NT Server 6.3", "6.3.9600", "server-2012-r2", "server"),
        ("Microsoft Windows NT Server 6.3", "", "server-2012-r2", "server"),
        ("Windows 10 Enterprise", "19045", "windows-10-22h2", "client"),
    ],
)
@pytest.mark.rule("OS-5")
def test_the_system_is_told_by_name_and_build(name, build, os, product_type, tmp_path):
    found = traits(tmp_path, "os", "product_type", DeviceOS=name, DeviceOSBuild=build)

    assert found == (os, product_type)


@pytest.mark.parametrize(
    ("number", "os", "product_type"),
    [("1", "windows-10-1607", "client"), ("2", "server-2016", "domain_controller"),
     ("3", "server-2016", "server")],
)  # fmt: skip
def test_the_product_type_of_hardware_inventory_decides(number, os, product_type, tmp_path):
    found = traits(
        tmp_path,
        "os",
        "product_type",
        DeviceOS="Windows",
        DeviceOSBuild="14393",
        ProductType0=number,
    )

    assert found == (os, product_type)


@pytest.mark.parametrize(
    ("caption", "sku", "edition"),
    [
        ("Microsoft Windows 10 Enterprise", "", "enterprise"),
        ("Microsoft Windows 10 Enterprise LTSC", "", "ltsc"),
        ("Microsoft Windows 10 Enterprise 2016 LTSB", "", "ltsc"),
        ("Microsoft Windows 11 IoT Enterprise", "", "iot"),
        ("Microsoft Windows 11 Pro", "", "pro"),
        ("Microsoft Windows 7 Professional", "", "pro"),
        ("Microsoft Windows 11 Home", "", "home"),
        ("Microsoft Windows 11 Education", "", "education"),
        ("Microsoft Windows 11", "48", "pro"),
        ("", "125", "ltsc"),
        ("", "175", "multi_session"),
        ("Microsoft Windows 11 Enterprise multi-session", "", "multi_session"),
        ("Microsoft Windows 10 Enterprise for Virtual Desktops", "", "multi_session"),
        ("Microsoft Windows 11", "9999", None),
    ],
)
def test_the_edition_is_told_by_the_caption_or_else_by_the_sku(caption, sku, edition, tmp_path):
    cells = {"Caption0": caption, "OperatingSystemSKU0": sku}

    assert traits(tmp_path, "edition", **cells) == edition


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    ("name", "build", "system"),
    [
        ("Microsoft Windows NT Server 10.0", "10.0.19045", "windows-10-22h2"),
        ("Microsoft Windows NT Server 10.0", "10.0.26100", "windows-11-24h2"),
        ("", "10.0.22631", "windows-11-23h2"),
    ],
)
def test_a_multi_session_windows_is_a_client_though_it_calls_itself_a_server(
    name, build, system, tmp_path
):
    cells = {"Operating_System_Name_and0": name, "Build01": build, "ProductType0": "3",
             "OperatingSystemSKU0": "175"}  # fmt: skip

    found = [traits(tmp_path, trait, **cells) for trait in ("os", "product_type", "edition")]
    assert found == [system, "client", "multi_session"]


@pytest.mark.parametrize(
    ("number", "virtual", "system", "chassis"),
    [
        *((number, "0", WORKSTATION, "laptop") for number in ("8", "9", "10", "14", "31")),
        *((number, "False", WORKSTATION, "desktop") for number in ("3", "7", "13")),
        ("23", "", SERVER, "server"),
        ("9", "True", WORKSTATION, "virtual"),
        ("3", "1", SERVER, "virtual"),
        ("", "", WORKSTATION, None),
        ("", "False", WORKSTATION, None),
        ("", "False", SERVER, "server"),
        ("1", "", SERVER, None),
        ("{12, 10}", "", WORKSTATION, "laptop"),
    ],
)
def test_the_chassis_is_told_by_its_type_and_by_whether_it_is_virtual(
    number, virtual, system, chassis, tmp_path
):
    cells = {"ChassisTypes0": number, "IsVirtualMachine": virtual, "DeviceOS": system}

    assert traits(tmp_path, "chassis", DeviceOSBuild="10.0.14393", **cells) == chassis


@pytest.mark.parametrize(
    ("cells", "client"),
    [
        ({"IsClient": "True", "ClientActiveStatus": "1", "ClientCheckPass": "1"}, "active"),
        ({"IsClient": "True", "ClientActiveStatus": "0", "ClientCheckPass": "1"}, "inactive"),
        ({"IsClient": "True", "ClientActiveStatus": "1", "ClientCheckPass": "2"}, "broken"),
        ({"IsClient": "True", "ClientActiveStatus": "1", "ClientCheckPass": "3"}, "active"),
        ({"IsClient": "True", "ClientActiveStatus": "0", "ClientCheckPass": "2"}, "inactive"),
        ({"IsClient": "False", "ClientActiveStatus": "1"}, "none"),
        ({"IsClient": "", "ClientActiveStatus": "1"}, "none"),
        ({"Client0": "0"}, "none"),
        ({"IsActive": "False"}, "inactive"),
        ({"IsActive": "False", "ClientActiveStatus": "1"}, "active"),
        ({"IsClient": "1"}, None),
        ({}, None),
    ],
)
def test_the_state_of_the_client_is_told_by_its_flags(cells, client, tmp_path):
    assert traits(tmp_path, "client", **cells) == client


def test_a_device_without_a_client_has_neither_its_version_nor_its_management(tmp_path):
    cells = {"IsClient": "False", "ClientVersion": "5.00.9128.1007", "CoManaged": "False"}

    assert traits(tmp_path, "client", "client_version", "managed_by", **cells) == (
        "none",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        ("5.00.9128.1007", "5.00.9128.1007"),
        ("2403", "2403"),
        ("0", None),
        ("", None),
        ("old", None),
    ],
)
def test_a_client_version_is_kept_as_it_is(version, kept, tmp_path):
    read = inventory(tmp_path, devices(ClientVersion=version))

    assert read.table.rows[0].get("client_version") == kept
    assert len(read.remarks) == (version == "old")


@pytest.mark.parametrize(
    ("co_managed", "managed_by"),
    [("True", "co_managed"), ("1", "co_managed"), ("False", "configmgr"), ("", None)],
)
def test_co_management_is_told(co_managed, managed_by, tmp_path):
    assert traits(tmp_path, "managed_by", CoManaged=co_managed) == managed_by


@pytest.mark.parametrize(
    ("value", "esu"),
    [("1", True), ("0", False), ("True", True), ("3", True), ("2026-10-13", date(2026, 10, 13)),
     ("", None), ("soon", None)],
)  # fmt: skip
def test_extended_security_updates_are_told(value, esu, tmp_path):
    read = inventory(tmp_path, devices(ESUValue=value))

    assert read.table.rows[0].get("esu") == esu
    assert len(read.remarks) == (value == "soon")


@pytest.mark.parametrize(
    ("state", "pending"), [("0", False), ("1", True), ("15", True), ("", None), ("x", None)]
)
def test_a_pending_restart_is_told(state, pending, tmp_path):
    assert traits(tmp_path, "restart_pending", ClientState=state) is pending


@pytest.mark.parametrize(
    ("cells", "location"),
    [
        ({"ADSiteName": "LON", "BoundaryGroups": "B1, B2"}, "LON"),
        ({"ADSiteName": "", "BoundaryGroups": "B1, B2"}, "B1"),
        ({"BoundaryGroups": "B1;B2"}, "B1"),
        ({"ADSiteName": ""}, None),
    ],
)
def test_the_location_is_the_site_or_else_the_first_boundary_group(cells, location, tmp_path):
    assert traits(tmp_path, "location", **cells) == location


def test_what_is_known_of_an_earlier_onboarding_becomes_the_state_at_the_start(tmp_path):
    cells = {
        "ATPOnboardingState": "1",
        "ATPOrgId": "contoso",
        "ATPSenseIsRunning": "False",
        "ATPLastConnected": "2026-03-02T09:00:00Z",
    }
    wanted = ("onboarded", "organization", "sensor_running", "last_contact")

    assert traits(tmp_path, *wanted, **cells) == (
        True,
        "contoso",
        False,
        datetime(2026, 3, 2, 9),
    )


@pytest.mark.parametrize("state", ["0", "2", "", "NULL"])
def test_only_state_one_is_onboarded(state, tmp_path):
    assert traits(tmp_path, "onboarded", ATPOnboardingState=state) is False


def test_without_the_column_nothing_is_said_of_onboarding(tmp_path):
    assert "onboarded" not in row(tmp_path, devices())


def test_the_labels_are_those_that_say_something(tmp_path):
    read = inventory(
        tmp_path,
        devices({"unit": "Sales"}, {"BoundaryGroups": "B1, B2"}, Domain="CORP", SiteCode=""),
    )

    assert read.table.label_names == ("resource_id", "domain", "boundary_groups", "unit")
    assert read.table.labels == (("1", "CORP", "", "Sales"), ("2", "CORP", "B1, B2", ""))


@pytest.mark.parametrize(
    ("cells", "os"),
    [
        ({"OS Platform": "Windows11", "OS Build": "22631"}, "windows-11-23h2"),
        ({"OS Platform": "Windows10", "OS Build": "19045.3324"}, "windows-10-22h2"),
        ({"OS Platform": "Windows10", "OS Build": "", "OS Version": "21H2"}, "windows-10-21h2"),
        ({"OS Platform": "WindowsServer2012R2", "OS Build": "9600"}, "server-2012-r2"),
        ({"OS Platform": "Windows Server 2016", "OS Build": ""}, "server-2016"),
        (
            {"OS Platform": "WindowsServer2019", "OS Build": "17763", "OS Version": "1809"},
            "server-2019",
        ),
    ],
)
def test_the_portal_names_systems_by_platform_and_build(cells, os, tmp_path):
    assert row(tmp_path, csv_of(PORTAL | cells))["os"] == os


def test_the_portal_tells_onboarding_contact_group_and_management(tmp_path):
    cells = {
        "Device ID": "f00",
        "Group": "Workstations",
        "Onboarding Status": "Onboarded",
        "Health Status": "NoSensorData",
        "Last device update": "2026-03-02T09:00:00.000Z",
        "Managed By": "Intune",
        "Tags": "pilot",
    }
    read = inventory(tmp_path, csv_of(PORTAL | cells)).table

    assert read.rows == (
        {
            "name": "pc-1",
            "os": "windows-10-22h2",
            "build": 19045,
            "product_type": "client",
            "location": "Workstations",
            "managed_by": "intune",
            "onboarded": True,
            "sensor_running": False,
            "last_contact": datetime(2026, 3, 2, 9),
        },
    )
    labels = dict(zip(read.label_names, read.labels[0], strict=True))
    assert (labels["device_id"], labels["tags"]) == ("f00", "pilot")


@pytest.mark.parametrize(
    ("column", "cell", "trait", "value"),
    [
        ("Onboarding Status", "Can be onboarded", "onboarded", False),
        ("Onboarding Status", "", "onboarded", False),
        ("Health Status", "Active", "sensor_running", True),
        ("Health Status", "Inactive", "sensor_running", None),
        ("Health Status", "Impaired communication", "sensor_running", True),
        ("Health Status", "Misconfigured: no sensor data", "sensor_running", False),
        ("Managed By", "ConfigMgr", "managed_by", "configmgr"),
        ("Managed By", "MDE", "managed_by", None),
        ("Managed By", "Unknown", "managed_by", None),
    ],
)
def test_the_words_of_the_portal_are_understood(column, cell, trait, value, tmp_path):
    assert row(tmp_path, csv_of(PORTAL | {column: cell})).get(trait) == value


def test_whether_a_server_of_the_portal_is_a_domain_controller_is_not_known(tmp_path):
    server = PORTAL | {"OS Platform": "WindowsServer2022", "OS Build": "20348"}

    assert "product_type" not in row(tmp_path, csv_of(server))


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("IsObsolete", "maybe", 'obsolete "maybe" is ignored; True, False, 1 or 0'),
        ("ATPSenseIsRunning", "up", 'sensor "up" is ignored; True, False, 1 or 0'),
        ("ATPOnboardingState", "yes", 'onboarding "yes" is ignored; 1 for onboarded, or 0'),
        ("ClientCheckPass", "7", 'client check "7" is ignored; 1, 2 or 3'),
        ("ProductType0", "x", 'product type "x" is ignored; 1, 2 or 3'),
    ],
)
def test_cells_that_do_not_fit_are_passed_over_counted_and_told(column, cell, told, tmp_path):
    read = inventory(tmp_path, devices({}, *[{column: cell}] * 3))

    assert len(read.table.rows) == 4
    (remark,) = read.remarks
    assert remark.partition("/1.csv")[2] == f":3 and 2 more: {told} was expected."


def test_a_name_of_json_numbers_and_truths_is_read_like_text(tmp_path):
    cells = DEVICE | {
        "ResourceID": 7,
        "IsClient": True,
        "ClientActiveStatus": 0,
        "ADSiteName": None,
    }
    read = inventory(tmp_path, {"value": [cells]}).table

    assert read.rows[0]["client"] == "inactive"
    assert read.labels == (("7",),)
