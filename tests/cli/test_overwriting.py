"""No command replaces a file that it reads, or one of another kind than it writes."""

import os

import pytest

from tests.cli.commands import changed, contents, write

HAND_MADE = "name,os\nA,windows-11-24h2\nB,server-2019\n"
IMPORTED = changed(("generate: {devices: 30, mix: servers}", "import: {file: d.csv}"))
READ = "is read by this command, and would be replaced; another file"
FLEET = "exists and is not a fleet table as fleetsim writes it; another file, or delete this one"


@pytest.fixture
def refused(command, tmp_path, monkeypatch):
    """Return a function that gives the problems of a command, which must leave all as it was."""

    def run(*arguments):
        before = contents(tmp_path)
        ended = command(*arguments, folder=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert contents(tmp_path) == before
        return ended.problems

    return run


@pytest.fixture(autouse=True)
def files(tmp_path):
    """Write a fleet by hand, a scenario that reads it, and a scenario that makes its fleet up."""
    (tmp_path / "d.csv").write_text(HAND_MADE)
    write(tmp_path, IMPORTED, "imports.yaml")
    write(tmp_path)


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        (("--out", "d.csv"), [f"--out: d.csv {READ}"]),
        (("--out", "./x/../d.csv"), [f"--out: x/../d.csv {READ}"]),
        (("--out", "link.csv"), [f"--out: link.csv {READ}"]),
        (("--out", "hard.csv"), [f"--out: hard.csv {READ}"]),
        (("--out", "f.csv", "--report", "d.csv"), [f"--report: d.csv {READ} such as left-out.csv"]),
        (("--out", "d.csv", "--report", "s.yaml"), [
            f"--out: d.csv {READ}",
            "--report: s.yaml exists and is not a list of rows left out; "
            "another file such as left-out.csv, or delete this one",
        ]),
        (("--out", "f.csv", "--report", "./f.csv"), [
            "--report: f.csv would be lost: f.csv is written after it; "
            "another file such as left-out.csv",
        ]),
        (("--out", "v", "--as", "sql", "--report", "v/r.csv"), [
            "--report: v/r.csv would be lost: v is written after it; "
            "another file such as left-out.csv",
        ]),
        (("--out", "hand.csv"), [f"--out: hand.csv {FLEET}"]),
        (("--out", "hand.parquet"), [f"--out: hand.parquet {FLEET}"]),
    ],
)  # fmt: skip
def test_an_import_replaces_neither_what_it_reads_nor_what_is_no_fleet(
    options, problems, refused, tmp_path
):
    (tmp_path / "x").mkdir()
    (tmp_path / "link.csv").symlink_to("d.csv")
    os.link(tmp_path / "d.csv", tmp_path / "hard.csv")
    for name in ("hand.csv", "hand.parquet"):
        (tmp_path / name).write_text(HAND_MADE)

    assert refused("fleet", "import", "d.csv", *options) == problems


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("imports.yaml", "--out", "own.csv"), f"--out: own.csv {READ}"),
        (("s.yaml", "--out", "d.csv"), f"--out: d.csv {FLEET}"),
        (("--devices", "3", "--out", "d.csv"), f"--out: d.csv {FLEET}"),
        (("s.yaml", "--out", "results/s-7/fleet.parquet"),
         "--out: results/s-7/fleet.parquet is part of a run folder, and would be replaced;"
         " another file"),
    ],
)  # fmt: skip
def test_generating_replaces_neither_a_table_made_by_hand_nor_one_that_is_read(
    arguments, problem, command, refused, tmp_path
):
    assert command("fleet", "import", "d.csv", "--out", "own.csv", folder=tmp_path).code == 0
    write(tmp_path, IMPORTED.replace("d.csv", "own.csv"), "imports.yaml")
    assert command("run", "s.yaml", folder=tmp_path).code == 0

    assert refused("fleet", "generate", *arguments) == [problem]


FORMATS = [
    ("table", "f.csv"),
    ("table", "f.parquet"),
    ("cmdevice", "f.csv"),
    ("adminservice", "f.json"),
    ("portal", "f.csv"),
]


@pytest.mark.parametrize(("form", "name"), FORMATS)
def test_an_earlier_file_of_the_same_format_is_replaced_and_no_other(
    form, name, command, refused, tmp_path
):
    arguments = ("fleet", "generate", "--devices", "4", "--as", form, "--out", name)
    for _ in range(2):
        assert command(*arguments, folder=tmp_path).code == 0
    for other, same in FORMATS:
        if other != form and same == name:
            kind = "fleet table" if other == "table" else f"file of {other}"
            (problem,) = refused(
                "fleet", "generate", "--devices", "4", "--as", other, "--out", name
            )
            assert f"{name} exists and is not a {kind} as fleetsim writes it" in problem


def test_a_folder_of_views_is_no_place_where_one_of_them_is_read(command, refused, tmp_path):
    command("fleet", "generate", "--devices", 3, "--as", "sql", "--out", "v", folder=tmp_path)
    view = "v/v_R_System.csv"

    assert refused("fleet", "import", view, "--as", "sql", "--out", "v") == [
        f"--out: {view} {READ}"
    ]
    (tmp_path / view).write_text("ResourceID,Name0\n1,A\n")
    (problem,) = refused("fleet", "generate", "--devices", "3", "--as", "sql", "--out", "v")
    assert problem.startswith(
        f"--out: {view} exists and is not a file of sql as fleetsim writes it"
    )


@pytest.mark.parametrize("name", ["d.csv", "imports.yaml", "page.html", "other.json", "note.txt"])
def test_a_comparison_replaces_comparisons_only(name, refused, tmp_path):
    (tmp_path / "page.html").write_text("<!DOCTYPE html><title>Mine</title>")
    (tmp_path / "other.json").write_text('{"format": 1}')
    (tmp_path / "note.txt").write_text("Is A better: who knows")

    (problem,) = refused("compare", "s.yaml", "s.yaml", "--out", name)

    assert problem.startswith(f"--out: {name} exists and is not a comparison; another file such as")


@pytest.mark.parametrize("name", ["c.html", "c.json", "c.txt"])
def test_a_comparison_replaces_an_earlier_one(name, command, tmp_path):
    for sides in (("s.yaml", "s.yaml"), ("s.yaml", "imports.yaml")):
        assert command("compare", *sides, "--out", name, folder=tmp_path).code == 0


def test_lists_of_devices_replace_lists_only(command, refused, tmp_path):
    lint = ("lint", "s.yaml", "--out", "lists")
    command(*lint, folder=tmp_path)
    first, second, *_ = sorted(path.name for path in (tmp_path / "lists").iterdir())
    for name in (first, second):
        (tmp_path / "lists" / name).write_text(HAND_MADE)

    assert refused(*lint) == [
        f"--out: lists/{name} exists and is not a list of devices; another file, or delete this one"
        for name in (first, second)
    ]


def test_lists_of_devices_replace_earlier_lists(command, tmp_path):
    for _ in range(2):
        ended = command("lint", "s.yaml", "--out", "lists", folder=tmp_path)
        assert "Wrote" in ended.out


def test_a_list_of_devices_is_a_member_list_and_is_not_replaced_while_it_is_one(
    command, refused, tmp_path
):
    lint = ("lint", "s.yaml", "--out", "lists")
    command(*lint, folder=tmp_path)
    first, *_ = sorted(path.name for path in (tmp_path / "lists").iterdir())
    stuck = f"\n  - {{name: Stuck, members: {{file: lists/{first}}}}}"
    write(
        tmp_path,
        changed(("{name: All, members: managed}", "{name: All, members: managed}" + stuck)),
    )

    assert refused(*lint) == [f"--out: lists/{first} {READ}"]
