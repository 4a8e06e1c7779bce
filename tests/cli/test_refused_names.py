"""Names and folders that the file system refuses are told as such, by every command."""

import os

import pytest

from tests.cli.commands import changed, contents, entries, write

LONG = "n" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", LONG),
        ("check", "s.yaml", "--junit", LONG),
        ("check", "s.yaml", "--baseline", LONG),
        ("compare", LONG, "s.yaml"),
        ("compare", "s.yaml", "s.yaml", "--out", LONG),
        ("run", LONG),
        ("run", "s.yaml", "--out", LONG),
        ("run", "s.yaml", "--out", f"{LONG}/a"),
        ("lint", LONG),
        ("baseline", "save", "s.yaml", "--baseline", LONG),
        ("fleet", "generate", "--devices", "3", "--out", LONG),
        ("explain", LONG, "PC-1"),
        ("init", LONG),
    ],
)
def test_a_name_that_is_too_long_is_a_mistake_and_writes_nothing(arguments, command, tmp_path):
    write(tmp_path)

    ended = command(*arguments, folder=tmp_path)

    assert ended.code == 2, ended.err
    assert "internal error" not in ended.err
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("check", ""), "'PATH...'"),
        (("check", "s.yaml", ""), "'PATH...'"),
        (("check", "s.yaml", "--junit", ""), "'--junit'"),
        (("check", "s.yaml", "--baseline", ""), "'--baseline'"),
        (("compare", "s.yaml", ""), "'B'"),
        (("compare", "s.yaml", "s.yaml", "--out", ""), "'--out'"),
        (("run", ""), "'SCENARIO'"),
        (("run", "s.yaml", "--out", ""), "'--out'"),
        (("lint", ""), "'SCENARIO...'"),
        (("lint", "s.yaml", "--out", ""), "'--out'"),
        (("baseline", "save", ""), "'PATH...'"),
        (("baseline", "update", "s.yaml", "--baseline", ""), "'--baseline' / '--out'"),
        (("fleet", "generate", "", "--out", "f.csv"), "'[SCENARIO]'"),
        (("fleet", "import", "", "--out", "f.csv"), "'FILE...'"),
        (("fleet", "import", "f.csv", "--out", "o.csv", "--report", ""), "'--report'"),
        (("explain", ""), "'WHAT'"),
        (("init", ""), "'[FOLDER]'"),
    ],
)
def test_an_empty_name_is_refused_and_writes_nothing(arguments, where, command, tmp_path):
    write(tmp_path)

    ended = command(*arguments, folder=tmp_path)

    groups = ("baseline", "fleet")
    name = " ".join(arguments[: 2 if arguments[0] in groups else 1])
    assert (ended.code, ended.out) == (2, "")
    assert ended.problems == [
        f"Invalid value for {where}: the name is empty; see fleetsim {name} --help"
    ]
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.parametrize("option", ["--junit", "--out"])
def test_a_link_that_leads_to_itself_is_no_place_to_write(option, command, tmp_path):
    write(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    arguments = ("check", "s.yaml") if option == "--junit" else ("compare", "s.yaml", "s.yaml")

    ended = command(*arguments, option, "loop", folder=tmp_path)

    assert ended.code == 2, ended.err
    assert "cannot be written" in ended.err


def test_an_unreadable_folder_beside_it_does_not_matter(command, tmp_path, monkeypatch):
    write(tmp_path, changed((">= 99", ">= 0")))
    (tmp_path / "secret").mkdir()
    original = os.scandir

    def guarded(path="."):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", guarded)
    monkeypatch.setattr(os, "listdir", lambda path: [e.name for e in guarded(path)])

    assert command("check", "s.yaml", "--baseline", "secrets", folder=tmp_path).code == 5


@pytest.mark.parametrize(
    "name",
    ["s.yaml", "fleet.csv", "bl/s/baseline.json", "p.xml", "q.xml", "r.xml", "long.html"],
)
def test_junit_is_not_written_over_what_is_no_junit(name, command, tmp_path):
    write(tmp_path)
    (tmp_path / "fleet.csv").write_text("name,os\n")
    (tmp_path / "p.xml").write_text('<?xml version="1.0"?>\n<picture testsuites=""/>\n')
    (tmp_path / "q.xml").write_text("<!-- --><page><!-- --> <testsuites/></page>")
    (tmp_path / "r.xml").write_text("<testsuite-of-another/>")
    (tmp_path / "long.html").write_text("<!-- -->\n" * 5_000 + "<html></html>")
    assert command("baseline", "save", "s.yaml", "--baseline", "bl", folder=tmp_path).code == 0
    before = contents(tmp_path)

    ended = command("check", "s.yaml", "--junit", name, folder=tmp_path)

    assert ended.code == 2
    assert ended.problems == [
        f"--junit: {name} exists and is not a JUnit file; "
        "another file such as check.xml, or delete this one"
    ]
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        '<?xml version="1.0"?><testsuites/>',
        '\ufeff<?xml version="1.0"?>\n<!-- ours -->\n<testsuite name="s">\n</testsuite>',
        "<testsuites></testsuites>",
    ],
)
def test_junit_replaces_an_earlier_one_or_an_empty_file(content, command, tmp_path):
    write(tmp_path)
    if content is not None:
        (tmp_path / "j.xml").write_text(content)

    command("check", "s.yaml", "--junit", "j.xml", folder=tmp_path)

    assert "Small rollout" in (tmp_path / "j.xml").read_text("utf-8")
