"""What a fleet table in CSV may look like, and what a person is told when it does not."""

import pytest

from sim.errors import UnusableInput
from sim.fleet.tables import MAX_PROBLEMS, read_table
from tests.fleet.tables import complaints, read

ONE = "name,os\nPC-1,windows-11-24h2\n"
SAVE_AS = "UTF-8 (Save as: CSV UTF-8)"
EMPTY = "devices.csv: the file is empty; a header line and one line for each device"
WANTED = "a CSV or Parquet file"


def names(content, folder):
    return [row["name"] for row in read(content, folder).rows]


@pytest.mark.parametrize(
    "content",
    [
        ONE,
        ONE.replace("\n", "\r\n"),
        ONE.replace("\n", "\r"),
        "\ufeff" + ONE,
        ONE.rstrip(),
        '"name","os"\n"PC-1","windows-11-24h2"\n',
        " name , os \n PC-1 ,\twindows-11-24h2 \n",
        "\n\nname,os\n\n  \nPC-1,windows-11-24h2\n\n , \n,\n",
        "os,name\nWINDOWS-11-24H2,PC-1\n",
    ],
)
def test_a_table_reads_the_same_however_it_was_saved(content, tmp_path):
    row = read(content, tmp_path).rows[0]

    assert (row["name"], row["os"], row["build"]) == ("PC-1", "windows-11-24h2", 26100)


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("os", "windows-10-22h2", "windows-10-22h2"),
        ("os,build", "Microsoft Windows NT Workstation 10.0,19045", "windows-10-22h2"),
        ("os,build", "Windows Server 2019 Standard,10.0.17763.1", "server-2019"),
        ("build,product_type", "9600,server", "server-2012-r2"),
        ("build,product_type", "9600,client", "windows-8.1"),
        ("build,product_type", "14393,domain_controller", "server-2016"),
        ("build", "10.0.22631.4037", "windows-11-23h2"),
    ],
)
@pytest.mark.rule("OS-5")
def test_a_system_is_placed_by_its_id_or_by_name_build_and_product_type(
    header, cells, expected, tmp_path
):
    assert read(f"name,{header}\nPC-1,{cells}\n", tmp_path).rows[0]["os"] == expected


def test_unknown_columns_are_kept_as_labels_in_their_order(tmp_path):
    table = read(
        'Department,name,os,Cost centre\n"Sales, east",A,server-2016,17\n,B,server-2016, x \n',
        tmp_path,
    )

    assert table.label_names == ("Department", "Cost centre")
    assert table.labels == (("Sales, east", "17"), ("", "x"))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "'=1"])
def test_what_a_spreadsheet_would_run_is_restored(name, tmp_path):
    assert names(f"name,os\n'{name},server-2016\n", tmp_path) == [name]


def test_a_name_that_a_person_left_unprotected_is_taken_as_it_is(tmp_path):
    assert names("name,os\n=1+1,server-2016\n'PC,server-2016\n", tmp_path) == ["=1+1", "'PC"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", EMPTY),
        (
            b"\r\n\n ,\n",
            EMPTY,
        ),
        (b"\xef\xbb\xbf", EMPTY),
        (ONE.encode("utf-16"), f"devices.csv: the file is UTF-16; {SAVE_AS}"),
        (ONE.encode("utf-16-be"), f"devices.csv: the file is binary; {WANTED}"),
        (
            b"PK\x03\x04\x00\x00",
            "devices.csv: this is an Excel workbook; a CSV table (Save as: CSV UTF-8)",
        ),
        (b"\x7fELF\x00\x00", f"devices.csv: the file is binary; {WANTED}"),
        (
            "name,os\nPC-1,server-2016\nBüro,server-2016\n".encode("latin-1"),
            f"devices.csv:3: the text is not UTF-8; {SAVE_AS}",
        ),
        (b"PAR1 and no more", "devices.csv: the Parquet file cannot be read; one that is whole"),
        (b"name;os\n", "devices.csv:1: the columns are separated by semicolons; write commas"),
        (
            b"\nname\tos\nPC-1\tx\n",
            "devices.csv:2: the columns are separated by tabs; write commas",
        ),
        (b"name,os\n", "devices.csv:1: the table has no devices; one line for each device"),
        (
            b"machine,os\nPC-1,server-2016\n",
            "devices.csv:1: the column name is missing; a column name",
        ),
        (
            b"Name,os\nPC-1,server-2016\n",
            'devices.csv:1: the column name is missing; rename "Name" to name',
        ),
        (
            b"name\nPC-1\n",
            "devices.csv:1: the system is missing; a column os, such as windows-11-24h2",
        ),
        (
            b"name,os,name,name\nA,server-2016,B,C\n",
            'devices.csv:1: the column "name" appears twice; keep one',
        ),
        (
            b"name,os,\nA,server-2016,\n",
            "devices.csv:1: column 3 has no name; a name, or no such column",
        ),
        (
            b'name,os\nA,server-2016\n"B,server-2016\nC,server-2016\n',
            'devices.csv:3: a quoted cell that begins here never ends; a closing "',
        ),
        (
            b'name,os\n"A"B,server-2016\n',
            "devices.csv:2: text follows a closing quotation mark; "
            'a comma, or "" for a quotation mark',
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(content, expected, tmp_path):
    assert complaints(content, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A", "the line has 1 cell; 4 cells, as many as the header"),
        ("A,server-2016,,,", "the line has 5 cells; 4 cells, as many as the header"),
        (",server-2016,,", "name: the device has no name"),
        (
            "A\tB,server-2016,,",
            'name: the name "A B" contains a control character; one line of plain text',
        ),
        ("A,,,", "os: the device has no system; an id such as windows-11-24h2, or a build"),
        (
            "A,windows-11-24h3,,",
            'os: the system "windows-11-24h3" is unknown; an id such as windows-11-24h2, '
            'or a name with its build; did you mean "windows-11-24h2"?',
        ),
        (
            "A,Windows 10,,",
            'os: the system "Windows 10" is unknown; an id such as windows-11-24h2, '
            "or a name with its build",
        ),
        (
            "A,server-2016,2026-02-30,",
            'last_contact: "2026-02-30" does not fit; a date such as 2026-03-02 09:00',
        ),
        (
            "A,server-2016,02/03/2026,",
            'last_contact: "02/03/2026" does not fit; a date such as 2026-03-02 09:00',
        ),
        (
            "A,server-2016,,disbled",
            'antivirus: "disbled" does not fit; one of enabled, disabled, outdated, not_installed; '
            'did you mean "disabled"?',
        ),
        (
            f"A,server-2016,,{'x' * 200_000}",
            f'antivirus: "{"x" * 40}..." does not fit; '
            "one of enabled, disabled, outdated, not_installed",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_number(line, expected, tmp_path):
    content = f"name,os,last_contact,antivirus\nOK,server-2016,,\n{line}\n"

    assert complaints(content, tmp_path) == [f"devices.csv:3: {expected}"]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        (
            "build",
            "1",
            'build: the system "1" is unknown; an id such as windows-11-24h2, '
            "or a name with its build",
        ),
        (
            "product_type",
            "laptop",
            'product_type: "laptop" does not fit; one of client, server, domain_controller',
        ),
        (
            "client_version",
            "two",
            'client_version: "two" does not fit; a version such as 2403 or 5.00.9128',
        ),
        ("onboarded", "maybe", 'onboarded: "maybe" does not fit; true or false'),
        (
            "esu",
            "later",
            'esu: "later" does not fit; true, false or the date on which the updates end',
        ),
        (
            "servicing_stack",
            "old",
            'servicing_stack: "old" does not fit; a date such as 2021-09-14',
        ),
        (
            "presence",
            "sometimes",
            'presence: "sometimes" does not fit; one of always_on, office, rare, off',
        ),
    ],
)
def test_each_kind_of_cell_says_what_it_takes(column, cell, expected, tmp_path):
    system = "" if column == "build" else "server-2016"
    told = complaints(f"name,os,{column}\nA,{system},{cell}\n", tmp_path)

    assert told == [f"devices.csv:2: {expected}"]


def test_names_are_unique_whatever_their_case(tmp_path):
    content = "name,os\nStraße,server-2016\nB,server-2016\nSTRASSE,server-2016\n"

    assert complaints(content, tmp_path) == [
        'devices.csv:4: name: the name "STRASSE" is already on line 2; '
        "each name once (upper and lower case are the same), or a computer that joins when the "
        "earlier one of its name has retired"
    ]


def test_line_numbers_count_the_lines_of_the_file(tmp_path):
    """Blank lines and quoted line breaks count as an editor counts them; a row has its first."""
    content = (
        "name,os,note\n"
        '\nA,server-2016,"one\ntwo\r\nthree"\n'
        'B,server-20,"four\nfive"\n'
        "\nC,server-30,\n"
    )

    told = complaints(content, tmp_path)

    assert [problem.split(" ", 1)[0] for problem in told] == ["devices.csv:6:", "devices.csv:9:"]
    table = read(content.replace("server-20,", "server-2016,").replace("-30", "-2016"), tmp_path)
    assert table.lines == (3, 6, 9)
    assert table.labels[0] == ("one\ntwo\r\nthree",)


def test_all_problems_of_a_table_are_told_at_once(tmp_path):
    content = "name,os,dotnet,clock_ok\n,server-2016,true,x\nA,server-2099,y,z\nB\n"

    assert [problem.split(";")[0] for problem in complaints(content, tmp_path)] == [
        'devices.csv:2: clock_ok: "x" does not fit',
        "devices.csv:2: name: the device has no name",
        'devices.csv:3: dotnet: "y" does not fit',
        'devices.csv:3: clock_ok: "z" does not fit',
        'devices.csv:3: os: the system "server-2099" is unknown',
        "devices.csv:4: the line has 1 cell",
    ]


def test_both_missing_columns_are_told_at_once(tmp_path):
    assert len(complaints("a,b\n1,2\n", tmp_path)) == 2


@pytest.mark.parametrize(("beyond", "told"), [(1, "1 more problem"), (250, "250 more problems")])
def test_problems_beyond_the_first_fifty_are_counted(beyond, told, tmp_path):
    rows = "".join(f"PC-{n},nonsense\n" for n in range(MAX_PROBLEMS + beyond))

    problems = complaints(f"name,os\n{rows}", tmp_path)

    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == f"devices.csv: and {told}"


def test_a_cell_may_be_longer_than_the_csv_module_likes(tmp_path):
    table = read(f"name,os,note\nA,server-2016,{'n' * 300_000}\n", tmp_path)

    assert len(table.labels[0][0]) == 300_000


def refusal(path):
    with pytest.raises(UnusableInput) as refused:
        read_table(path, path.name)
    return str(refused.value)


def test_a_path_that_is_no_readable_file_is_refused(tmp_path):
    (tmp_path / "file").write_text(ONE)

    assert refusal(tmp_path / "none.csv") == f"none.csv: there is no such file; {WANTED}"
    assert refusal(tmp_path) == f"{tmp_path.name}: this is a folder; {WANTED}"
    assert (
        refusal(tmp_path / "file" / "a.csv")
        == f"a.csv: the file cannot be read (Not a directory); {WANTED}"
    )
    assert (
        refusal(tmp_path / "a\0b") == f"a\0b: the file cannot be read (not a file name); {WANTED}"
    )
