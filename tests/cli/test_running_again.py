"""The scenario in a run folder runs again as it is, and gives the same bytes."""

import json

import pytest

from tests.cli.commands import SCENARIO, changed, contents, entries, process, write

SAME = ("events.parquet", "devices.csv", "devices.parquet", "fleet.parquet", "measures.parquet")

TABLE = """\
name,os,Department,antivirus,last_contact
=1+1,windows-11-24h2,Sales,,
'B,server-2016,"IT, ""deep"" south",outdated,2026-02-28 10:00
Ünïcode-日本,server-2012-r2,,,
Old,windows-8.1,Sales,,
"""


def generated(folder):
    return write(folder)


def drawn_in_part(folder):
    """A fleet imported with empty traits: what was drawn stands in the folder's own table."""
    (folder / "devices.csv").write_text(TABLE, "utf-8")
    return write(
        folder,
        changed(
            ("generate: {devices: 30, mix: servers}", "import: {file: devices.csv}"),
            ("{name: All, members: managed}", "{name: All, members: \"Department != 'x'\"}"),
        ),
    )


def with_a_member_file(folder):
    (folder / "devices.csv").write_text(TABLE, "utf-8")
    (folder / "pilot.txt").write_text("# first\nold\n\n=1+1\nÜnïcode-日本\n", "utf-8")
    return write(
        folder,
        changed(
            ("generate: {devices: 30, mix: servers}", "import: {file: devices.csv}"),
            ("{name: All, members: managed}", "{name: All, members: {file: pilot.txt}}"),
        ),
    )


def with_secrets(folder):
    values = "{id: {env: A_WORKSPACE_ID}, key: {env: A_WORKSPACE_KEY}}"
    return write(folder, changed(("{id: present, key: absent}", values)))


def changed_from_outside(folder):
    return write(folder)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (generated, ()),
        (drawn_in_part, ()),
        (with_a_member_file, ()),
        (with_secrets, ()),
        (changed_from_outside, ("--seed", 99, "--set", "assumptions={laptop_share: 12.5 %}")),
    ],
)
def test_the_scenario_of_a_run_folder_runs_again_alone(
    make, options, command, tmp_path, monkeypatch
):
    """It is moved away from whatever the first run read."""
    monkeypatch.setenv("A_WORKSPACE_ID", "0a1b2c3d-1111-2222-3333-444455556666")
    monkeypatch.setenv("A_WORKSPACE_KEY", "QUJD" * 20)
    origin, elsewhere = tmp_path / "origin", tmp_path / "elsewhere"
    origin.mkdir()
    elsewhere.mkdir()
    assert command("run", make(origin), *options, "--out", "first", folder=origin).code == 0
    (origin / "first").rename(elsewhere / "first")

    ended = command("run", "first/scenario.yaml", "--out", "second", folder=elsewhere)

    assert ended.code == 0, ended.err
    first, second = contents(elsewhere / "first"), contents(elsewhere / "second")
    assert {name: first[name] == second[name] for name in SAME} == dict.fromkeys(SAME, True)
    assert second["scenario.yaml"] == first["scenario.yaml"]
    assert json.loads(second["provenance.json"]) == json.loads(first["provenance.json"])


def test_its_results_stand_beside_it_by_name_and_seed(command, tmp_path):
    command("run", write(tmp_path), "--out", "first", folder=tmp_path)

    assert command("run", "first/scenario.yaml", folder=tmp_path).code == 0
    assert (tmp_path / "results" / "scenario-7" / "summary.json").exists()


def test_a_run_can_replace_the_folder_it_was_read_from(command, tmp_path):
    (tmp_path / "devices.csv").write_text(TABLE, "utf-8")
    path = drawn_in_part(tmp_path)
    command("run", path, "--out", "r", folder=tmp_path)
    before = contents(tmp_path / "r")

    assert command("run", "r/scenario.yaml", "--out", "r", folder=tmp_path).code == 0
    assert contents(tmp_path / "r") == before


def test_every_default_is_filled_in(finished):
    text = (finished / "results" / "s-7" / "scenario.yaml").read_text("utf-8")

    assert "format: 1" in text
    for default in ("interval: 1 h", "faults: drawn", 'version: "2403"', "drift_reverted: true"):
        assert default not in SCENARIO
        assert default in text


def test_the_results_do_not_depend_on_the_folder_or_the_locale(tmp_path, finished):
    deep = tmp_path / "ä folder"
    deep.mkdir()
    write(deep, name="s.yaml")

    ended = process("run", "s.yaml", folder=deep, LC_ALL="C", TZ="Asia/Tokyo", PYTHONUTF8="0")

    assert ended.code == 0, ended.err
    assert contents(deep / "results/s-7") == contents(finished / "results/s-7")


def test_there_is_no_replication_beyond_the_number_asked_for(command, tmp_path):
    write(tmp_path)

    ended = command("run", "s.yaml", "--replication", 4, "--replications", 3, folder=tmp_path)

    assert (ended.code, entries(tmp_path)) == (2, {"s.yaml"})
    assert ended.problems == [
        "--replication: there is no replication 4 of 3; a number up to 3",
    ]


def test_one_of_several_replications_is_named_on_the_screen_and_in_the_report(command, tmp_path):
    write(tmp_path)

    ended = command("run", "s.yaml", "--replication", 4, folder=tmp_path)

    assert ended.out.startswith("Small rollout · seed 7 · replication 4\n")
    report = (tmp_path / "results" / "s-7" / "report.html").read_text("utf-8")
    assert "seed 7 · replication 4</p>" in report
