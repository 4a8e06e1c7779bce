"""A scenario with mistakes and a fleet table with others: all are reported at once."""

import pytest

import sim
from sim.errors import UnusableInput
from sim.runs.loading import load_text_with_fleet, load_with_fleet
from tests.cli.commands import changed, process, write

IMPORTED = ("generate: {devices: 30, mix: servers}", "import: {file: fleet.csv}")
MISTYPED = changed(IMPORTED, ("seed: 7", "sed: 7"))
TABLE = "name,os,chassis\na,windows-99,laptop\nb,windows-11-24h2,tower\n"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, MISTYPED)
    (tmp_path / "fleet.csv").write_text(TABLE, "utf-8")
    return tmp_path


def problems(read):
    with pytest.raises(UnusableInput) as refused:
        read()
    return [str(one).rpartition("/")[2].split(" ")[0] for one in refused.value.problems]


TOLD = ["s.yaml:5:", "fleet.csv:2:", "fleet.csv:3:"]


def test_scenario_and_table_are_told_at_once(folder):
    assert problems(lambda: load_with_fleet(folder / "s.yaml")) == TOLD
    assert problems(lambda: sim.load(folder / "s.yaml")) == TOLD


@pytest.mark.parametrize("words", [("run",), ("check",), ("lint",), ("baseline", "save"),
                                   ("fleet", "generate", "--out", "f.csv")])  # fmt: skip
def test_every_command_tells_both(words, folder):
    ended = process(*words, "s.yaml", folder=folder)
    lines = (ended.out if words == ("lint",) else ended.err).splitlines()

    assert ended.code == 2
    assert [line.split(" ")[0] for line in lines if line[:2] in ("s.", "fl")][:3] == TOLD


@pytest.mark.parametrize(
    "change",
    [
        ("site: ", "site: {time_zone: Nowhere/Land} #"),
        ("import: {file: fleet.csv}", "import: {file: gone.csv}"),
        ("import: {file: fleet.csv}", "import: {fil: fleet.csv}"),
        ("import: {file: fleet.csv}", "generate: {devices: 3, mix: servers}"),
    ],
)
def test_a_table_that_is_not_known_for_certain_is_not_judged(change, folder):
    write(folder, MISTYPED.replace(*change))

    assert "fleet.csv:2:" not in problems(lambda: load_with_fleet(folder / "s.yaml"))


def test_a_text_without_a_folder_has_no_table(folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert problems(lambda: load_text_with_fleet(MISTYPED, "s.yaml")) == ["s.yaml:5:"]
    assert problems(lambda: sim.load(MISTYPED)) == ["scenario:5:", *TOLD[1:]]


def test_the_table_of_a_whole_scenario_is_not_read_twice(folder, monkeypatch):
    monkeypatch.setattr("sim.inventories.importing.read_devices", None)
    write(folder, changed(IMPORTED))

    assert load_with_fleet(folder / "s.yaml").scenario.seed == 7
