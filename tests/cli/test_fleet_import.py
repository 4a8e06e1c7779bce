"""`fleetsim fleet import` makes a table of real inventories, and tells what became of each row."""

import csv

import pytest

from sim.reference.traits import TRAITS
from tests.cli.commands import changed, contents, process, write
from tests.inventories.exports import DEVICE, PORTAL, WORKSTATION, csv_of, devices

MIXED = devices(
    {"ATPOnboardingState": "1", "ATPLastConnected": "2026-03-01T09:00:00Z"},
    {"IsObsolete": "True"},
    {"DeviceOS": "macOS", "DeviceOSBuild": "14"},
    {"Name": "PC-1", "ATPLastConnected": "2026-01-01T09:00:00Z"},
)


def lines_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_an_export_becomes_a_fleet_table_and_every_row_is_accounted_for(command, tmp_path):
    (tmp_path / "export.csv").write_text(MIXED)

    ended = command("fleet", "import", "export.csv", "--out", "fleet.csv", folder=tmp_path)

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "More than half is left out: 3 of 4 rows.",
        "Read 4 rows of Get-CMDevice (CombinedDeviceResources): 1 placed, 3 left out.",
        "  1 obsolete record",
        "  1 device whose system is unknown",
        "  1 older record of a name that repeats",
        "Wrote 1 device to fleet.csv",
    ]
    assert ended.problems == [
        'Left out: export.csv:4: the system "macOS 14" is unknown, or its build does not tell'
        " which it is",
        "Left out: export.csv:5: the record on export.csv:2 with the same name was active more"
        " recently",
    ]
    (device,) = lines_of(tmp_path / "fleet.csv")
    assert list(device) == [*TRAITS, "resource_id"]
    assert (device["name"], device["os"], device["onboarded"]) == (
        "PC-1",
        "windows-10-22h2",
        "true",
    )
    assert device["last_contact"] == "2026-03-01 09:00:00"
    assert device["presence"] == ""


def test_the_report_lists_all_that_was_left_out(command, tmp_path):
    (tmp_path / "export.csv").write_text(MIXED)

    ended = command(
        *("fleet", "import", "export.csv", "--out", "f.parquet", "--report", "out/left.csv"),
        folder=tmp_path,
    )

    assert ended.code == 0
    assert [(one["line"], one["name"]) for one in lines_of(tmp_path / "out" / "left.csv")] == [
        ("3", "PC-2"),
        ("4", "PC-3"),
        ("5", "PC-1"),
    ]


def test_beyond_the_first_fifty_rows_are_counted_and_found_in_the_report(command, tmp_path):
    (tmp_path / "export.csv").write_text(devices({}, *[{"DeviceOS": "", "DeviceOSBuild": ""}] * 60))

    arguments = ("fleet", "import", "export.csv", "--out", "f.csv")
    told = command(*arguments, folder=tmp_path).problems
    reported = command(*arguments, "--report", "r.csv", folder=tmp_path).problems

    assert len(told) == len(reported) == 51
    assert told[-1] == "Left out: and 10 more; --report FILE lists all"
    assert reported[-1] == "Left out: and 10 more; r.csv lists all"
    assert len(lines_of(tmp_path / "r.csv")) == 60


@pytest.mark.parametrize(
    ("placed", "unplaced", "first"),
    [
        (1, 0, "Read 1 row of "),
        (2, 2, "Read 4 rows of "),
        (0, 1, ""),
        (2, 3, "More than half is left out: 3 of 5 rows."),
        (1, 60, "More than half is left out: 60 of 61 rows."),
    ],
)
def test_an_import_that_is_more_than_half_left_out_says_so_first(
    placed, unplaced, first, command, tmp_path
):
    (tmp_path / "export.csv").write_text(
        devices(*[{}] * placed, *[{"DeviceOS": "", "DeviceOSBuild": ""}] * unplaced)
    )

    ended = command("fleet", "import", "export.csv", "--out", "f.csv", folder=tmp_path)

    assert ended.code == (0 if placed else 2)
    assert "".join(ended.out.splitlines()[:1]).startswith(first)


def test_an_import_without_last_contacts_does_not_say_that_they_moved(command, tmp_path):
    (tmp_path / "export.csv").write_text(devices({"LastActiveTime": "2026-03-01T09:00:00Z"}))

    ended = command(
        *("fleet", "import", "export.csv", "--out", "f.csv", "--start", "2026-04-02"),
        folder=tmp_path,
    )

    assert (ended.code, lines_of(tmp_path / "f.csv")[0]["last_contact"]) == (0, "")
    assert "moved" not in ended.out


def test_several_views_are_joined(command, tmp_path):
    system = {"Operating_System_Name_and0": WORKSTATION, "Build01": "10.0.19045"}
    (tmp_path / "a.csv").write_text(csv_of({"ResourceID": "1", "Name0": "PC-1"} | system))
    (tmp_path / "b.csv").write_text(csv_of({"ResourceID": "1", "ChassisTypes0": "9"}))

    ended = command("fleet", "import", "b.csv", "a.csv", "--out", "f.csv", folder=tmp_path)

    assert ended.out.splitlines()[0] == (
        "Read 2 rows of v_GS_SYSTEM_ENCLOSURE + v_R_System: 2 joined to 1 device, 0 left out."
    )
    assert lines_of(tmp_path / "f.csv")[0]["chassis"] == "laptop"


@pytest.mark.parametrize(
    ("start", "contact", "told"),
    [
        ("2026-03-02", "2026-03-01 09:00:00", []),
        ("2026-04-02", "2026-04-01 09:00:00",
         ["Last contacts moved by 31 days; the newest moment was 2026-03-01 09:00:00."]),
        ("2026-03-01", "2026-02-28 09:00:00",
         ["Last contacts moved by -1 days; the newest moment was 2026-03-01 09:00:00."]),
    ],
)  # fmt: skip
def test_last_contacts_move_to_the_day_before_the_start(start, contact, told, command, tmp_path):
    (tmp_path / "export.csv").write_text(MIXED)

    ended = command(
        *("fleet", "import", "export.csv", "--out", "f.csv", "--start", start), folder=tmp_path
    )

    assert lines_of(tmp_path / "f.csv")[0]["last_contact"] == contact
    assert [line for line in ended.out.splitlines() if "moved" in line] == told


def test_a_start_moves_nothing_where_there_are_no_contacts(command, tmp_path):
    (tmp_path / "export.csv").write_text(devices())

    ended = command(
        *("fleet", "import", "export.csv", "--out", "f.csv", "--start", "2026-03-02"),
        folder=tmp_path,
    )

    assert (ended.code, "moved" in ended.out) == (0, False)


def test_moments_are_turned_into_the_time_zone_that_is_named(command, tmp_path):
    (tmp_path / "export.csv").write_text(MIXED)
    arguments = ("fleet", "import", "export.csv", "--out", "f.csv", "--time-zone")

    assert command(*arguments, "Asia/Tokyo", folder=tmp_path).code == 0
    assert lines_of(tmp_path / "f.csv")[0]["last_contact"] == "2026-03-01 18:00:00"
    assert command(*arguments, "Asia/Tokio", folder=tmp_path).problems == [
        "--time-zone: it is not a time zone of the tzdata package; a name such as Europe/London;"
        ' did you mean "Asia/Tokyo"?'
    ]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (
            csv_of({"Name": "A", "IsClient": "1", "IsActive": "1"}),
            ["e.csv:1: the header is not recognized; it is nearest to "
             "Get-CMDevice (CombinedDeviceResources), where DeviceOS is missing"],
        ),
        (
            csv_of(PORTAL | {"OS Platform": "Linux", "OS Build": ""}),
            ['e.csv:2: the system "Linux" is unknown, or its build does not tell which it is',
             "no row could be placed; one row for each device"],
        ),
        (
            "name,os\nA,server-2099\n",
            ['e.csv:2: os: the system "server-2099" is unknown; an id such as windows-11-24h2, '
             'or a name with its build; did you mean "server-2019"?'],
        ),
    ],
)  # fmt: skip
def test_where_nothing_can_be_placed_the_command_ends_with_two_and_writes_nothing(
    content, problems, command, tmp_path
):
    (tmp_path / "e.csv").write_text(content)

    ended = command("fleet", "import", "e.csv", "--out", "f.csv", folder=tmp_path)

    assert (ended.code, ended.out, ended.problems) == (2, "", problems)
    assert list(contents(tmp_path)) == ["e.csv"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ("--as", "portal", "--out", "f.json"),
            "f.json is no file of portal; a name ending in .csv",
        ),
        (
            ("--as", "adminservice", "--out", "f.csv"),
            "f.csv is no file of adminservice; a name ending in .json",
        ),
        (
            ("--out", "f.xlsx"),
            "f.xlsx is neither CSV nor Parquet; a name ending in .csv or .parquet",
        ),
        (
            ("--as", "sql", "--out", "e.csv"),
            "e.csv is a file; a new folder, or one of views to replace",
        ),
        (
            ("--as", "sql", "--out", "."),
            ". contains other files; a new folder, or one of views to replace",
        ),
        (
            ("--as", "sql", "--out", "e.csv/views"),
            "e.csv/views cannot be written: File exists; "
            "a folder that can be written, on a disk with room",
        ),
        (
            ("--out", "e.csv/f.csv"),
            "--out: e.csv/f.csv cannot be written: e.csv is a file; "
            "a file in a folder that can be written, on a disk with room",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(options, problem, command, tmp_path):
    (tmp_path / "e.csv").write_text(csv_of(DEVICE))

    ended = command("fleet", "import", "e.csv", *options, folder=tmp_path)

    assert (ended.code, ended.problems[-1]) == (2, problem)
    assert contents(tmp_path) == {"e.csv": csv_of(DEVICE).encode()}


@pytest.mark.parametrize(
    ("format", "out"),
    [("cmdevice", "g.csv"), ("sql", "views"), ("adminservice", "g.json"), ("portal", "g.csv"),
     ("table", "g.parquet")],
)  # fmt: skip
def test_a_fleet_is_generated_in_every_format_and_imports_back(format, out, command, tmp_path):
    made = command(
        *("fleet", "generate", "--devices", 40, "--mix", "servers", "--as", format, "--out", out),
        folder=tmp_path,
    )
    read = command("fleet", "import", out, "--out", "f.csv", folder=tmp_path)

    assert made.out == f"Wrote 40 devices to {out}\n"
    assert (read.code, "40 devices" in read.out) == (0, True)
    systems = {one["name"]: one["os"] for one in lines_of(tmp_path / "f.csv")}
    command(
        "fleet", "generate", "--devices", 40, "--mix", "servers", "--out", "t.csv", folder=tmp_path
    )
    assert systems == {one["name"]: one["os"] for one in lines_of(tmp_path / "t.csv")}


def test_a_folder_of_views_is_replaced_by_new_ones(command, tmp_path):
    for count in (3, 5):
        command(
            *("fleet", "generate", "--devices", count, "--as", "sql", "--out", "deep/views"),
            folder=tmp_path,
        )

    assert len(lines_of(tmp_path / "deep" / "views" / "v_R_System.csv")) == 5
    assert {name.split("/")[1] for name in contents(tmp_path)} == {"views"}


def test_an_export_is_converted_into_another(command, tmp_path):
    (tmp_path / "p.csv").write_text(csv_of(PORTAL | {"Onboarding Status": "Onboarded"}))

    ended = command(
        *("fleet", "import", "p.csv", "--as", "cmdevice", "--out", "c.csv"), folder=tmp_path
    )

    assert ended.code == 0
    (device,) = lines_of(tmp_path / "c.csv")
    assert (device["Name"], device["ATPOnboardingState"], device["DeviceOSBuild"]) == (
        "pc-1",
        "1",
        "10.0.19045",
    )
    assert (device["IsClient"], device["ClientActiveStatus"]) == ("True", "")


IMPORTS = ("generate: {devices: 30, mix: servers}", "import: {file: export.csv}")


def test_a_scenario_reads_an_export_directly_and_says_what_was_left_out(tmp_path):
    (tmp_path / "export.csv").write_text(MIXED + "PC-9,\r\n")
    write(tmp_path, changed(IMPORTS))

    ended = process("run", "s.yaml", folder=tmp_path)

    assert ended.code == 0, ended.err
    assert (
        "export.csv: More than half is left out: 4 of 5 rows.\n"
        "export.csv: Read 5 rows of Get-CMDevice (CombinedDeviceResources): 1 placed, 4 left out.\n"
        "export.csv:   1 line that is no row of its table\n"
        "export.csv:   1 obsolete record\n" in ended.err
    )
    names = [one["name"] for one in lines_of(tmp_path / "results" / "s-7" / "devices.csv")]
    assert names == ["PC-1"]


def test_an_export_gives_the_same_run_as_its_table(command, tmp_path):
    (tmp_path / "export.csv").write_text(MIXED)
    command(
        *("fleet", "import", "export.csv", "--time-zone", "Europe/London", "--out", "table.csv"),
        folder=tmp_path,
    )
    for name, file in (("a", "export.csv"), ("b", "table.csv")):
        text = changed(IMPORTS, ("export.csv", file))
        write(tmp_path, text, f"{name}.yaml")
        assert command("run", f"{name}.yaml", "--out", name, folder=tmp_path).code == 0

    for file in ("fleet.parquet", "events.parquet", "devices.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (devices(DeviceOS="macOS"), "no row could be placed"),
        (csv_of({"Device Name": "A", "OS Build": "1"}), "where OS Platform is missing"),
        ("name;os\nA;server-2016\n", "the columns are separated by semicolons"),
    ],
)
def test_a_scenario_with_an_unusable_inventory_is_refused(content, told, command, tmp_path):
    (tmp_path / "export.csv").write_text(content)
    write(tmp_path, changed(IMPORTS))

    ended = command("run", "s.yaml", folder=tmp_path)

    assert ended.code == 2
    assert told in ended.err


def test_what_would_steer_a_terminal_is_not_printed(command, tmp_path):
    (tmp_path / "e.csv").write_text(devices({}, {"Name": "A\x1b[31mB"}))

    ended = command("fleet", "import", "e.csv", "--out", "f.csv", folder=tmp_path)

    assert ended.problems == [
        'Left out: e.csv:3: the name "A [31mB" contains a control character',
    ]
