"""`fleetsim compare`: scenarios and run folders, in three forms, and what it refuses."""

import json
import os
import shutil
import stat

import pytest

from tests.cli.commands import contents, entries, environment, process
from tests.comparison.compared import LATER_GATE, NO_KEY, run_folder, scenario_file


@pytest.fixture
def both(tmp_path):
    """Return a folder with two scenarios, the second with a later gate and no key."""
    scenario_file(tmp_path)
    scenario_file(tmp_path, LATER_GATE, NO_KEY, name="b.yaml")
    return tmp_path


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return a folder with two run folders, `plain` and `worse`."""
    place = tmp_path_factory.mktemp("compared")
    run_folder(place / "plain")
    run_folder(place / "worse", LATER_GATE, NO_KEY)
    return place


def test_two_scenarios_are_simulated_and_nothing_is_stored(command, both):
    before = contents(both)
    ended = command("compare", "a.yaml", "b.yaml", folder=both)

    assert ended.code == 0
    assert ended.out.startswith("A is better: 100 % against 60.0 % coverage at the end")
    assert "A  a.yaml · Pilot and everybody · seed 7" in ended.out
    assert ended.problems == ["Simulating Pilot and everybody ..."] * 2
    assert contents(both) == before


def test_two_run_folders_are_compared_as_they_are(command, folders):
    ended = command("compare", "plain", "worse", folder=folders)

    assert (ended.code, ended.err) == (0, "")
    assert "2  onboarded -> failed (workspace_missing): old-1, old-2" in ended.out


def test_scenarios_and_their_run_folders_compare_alike(command, folders, both):
    run = json.loads(command("compare", "plain", "worse", "--format", "json", folder=folders).out)
    scenario = command("compare", "a.yaml", "b.yaml", "--format", "json", folder=both)
    mixed = command("compare", folders / "plain", "b.yaml", "--format", "json", folder=both)

    for other in (json.loads(scenario.out), json.loads(mixed.out)):
        assert {**other, "a": 0, "b": 0} == {**run, "a": 0, "b": 0}


def test_the_document_is_the_same_bytes_in_another_process(command, folders):
    here = command("compare", "plain", "worse", "--format", "json", folder=folders)
    there = process(
        "compare", "plain", "worse", "--format", "json", folder=folders, PYTHONHASHSEED="99"
    )

    assert there.out == here.out
    assert environment(PYTHONHASHSEED="99")["PYTHONHASHSEED"] == "99"


def test_a_scenario_and_itself_are_simulated_once_and_do_not_differ(command, both):
    ended = command("compare", "a.yaml", "a.yaml", folder=both)

    assert ended.out.startswith("Nothing differs: every device and every measure is the same")
    assert ended.problems == ["Simulating Pilot and everybody ..."]


def test_a_run_folder_and_itself_do_not_differ(command, folders):
    assert command("compare", "plain", "plain", folder=folders).out.startswith("Nothing differs")


def seeds(ended):
    document = json.loads(ended.out)
    return document["a"]["seed"], document["b"]["seed"]


def test_b_is_run_with_the_seed_of_a_and_a_note_says_so(command, both):
    scenario_file(both, ("seed: 7", "seed: 9"), name="b.yaml")
    ended = command("compare", "a.yaml", "b.yaml", "--format", "json", folder=both)

    assert seeds(ended) == (7, 7)
    assert json.loads(ended.out)["notes"][0] == "B is run with seed 7 instead of its own 9."
    assert json.loads(ended.out)["answer"]["better"] == "same"


def test_both_are_run_with_the_seed_that_is_asked_for(command, both):
    ended = command("compare", "a.yaml", "b.yaml", "--format", "json", "--seed", 5, folder=both)

    assert seeds(ended) == (5, 5)
    assert json.loads(ended.out)["notes"][:2] == [
        "A is run with seed 5 instead of its own 7.",
        "B is run with seed 5 instead of its own 7.",
    ]


def test_a_scenario_beside_a_run_folder_has_the_folders_seed_unless_options_say_otherwise(
    command, folders, both
):
    scenario_file(both, ("seed: 7", "seed: 9"), name="b.yaml")
    arguments = ("compare", "b.yaml", folders / "plain", "--format", "json")

    assert seeds(command(*arguments, folder=both)) == (7, 7)
    assert seeds(command(*arguments, "--seed", 9, folder=both)) == (9, 7)


def test_replications_that_are_asked_for_give_intervals(command, both):
    ended = command(
        "compare", "a.yaml", "b.yaml", "--replications", 2, "--jobs", 1, "--format", "json",
        folder=both,
    )  # fmt: skip
    document = json.loads(ended.out)

    assert document["answer"]["pairs"] == [[1, 1], [2, 2]]
    assert document["answer"]["failed"] == {
        "a": 0, "b": 2, "difference": 2, "low": 2, "high": 2, "replications": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "begins"), [("text", "A is better"), ("json", "{"), ("html", "<!DOCTYPE html>")]
)
def test_every_form_can_be_written_to_a_file(form, begins, command, folders, tmp_path):
    out = tmp_path / "new" / "file"
    arguments = ("compare", folders / "plain", folders / "worse", "--format", form, "--out", out)
    ended = command(*arguments, folder=tmp_path)

    assert (ended.code, ended.out) == (0, f"Wrote {out}\n")
    assert out.read_text("utf-8").startswith(begins)
    assert entries(out.parent) == {"file"}


def refused(ended):
    assert ended.code == 2
    assert ended.out == ""
    return ended.problems


def test_what_is_neither_scenario_nor_run_folder_is_reported_for_both_at_once(command, tmp_path):
    (tmp_path / "empty").mkdir()
    expected = "a scenario file, or a folder that fleetsim run wrote"

    assert refused(command("compare", "empty", "missing.yaml", folder=tmp_path)) == [
        f"empty is neither a scenario nor a run folder; {expected}",
        f"missing.yaml is neither a scenario nor a run folder; {expected}",
    ]


def test_the_problems_of_both_scenarios_are_reported_at_once(command, both):
    for name in ("a.yaml", "b.yaml"):
        text = (both / name).read_text("utf-8")
        (both / name).write_text(text.replace("faults: none", "faults: never"), "utf-8")

    problems = refused(command("compare", "a.yaml", "b.yaml", folder=both))
    assert [problem.split(":")[0] for problem in problems] == ["a.yaml", "b.yaml"]


def test_what_the_fleets_of_both_refuse_is_reported_at_once_and_nothing_is_simulated(command, both):
    (both / "devices.csv").write_text("name,os\npc-1,windows-77\n", "utf-8")
    for name in ("a.yaml", "b.yaml"):
        text = (both / name).read_text("utf-8")
        (both / name).write_text(text.replace("[pc-1]", "managed"), "utf-8")

    problems = refused(command("compare", "a.yaml", "b.yaml", folder=both))
    assert len(problems) == 2
    assert all("windows-77" in problem for problem in problems)


def test_options_of_scenarios_are_refused_for_two_run_folders(command, folders):
    arguments = ("--seed", 1, "--replications", 2, "--jobs", 3)
    problems = refused(command("compare", "plain", "worse", *arguments, folder=folders))

    assert problems == [
        f"{option} is for scenarios, and run folders are not simulated again; leave it out"
        for option in ("--seed", "--replications", "--jobs")
    ]


def test_a_page_needs_a_file(command, folders):
    assert refused(command("compare", "plain", "worse", "--format", "html", folder=folders)) == [
        "--format html writes a file; write --out comparison.html"
    ]


@pytest.mark.parametrize("out", ["plain", "plain/summary.json", "scenario.yaml"])
def test_a_file_that_is_compared_is_not_written_over(out, command, folders):
    path = folders / "scenario.yaml"
    path.write_bytes((folders / "plain" / "scenario.yaml").read_bytes())
    before = contents(folders)

    problems = refused(command("compare", "plain", "scenario.yaml", "--out", out, folder=folders))
    path.unlink()
    assert len(problems) == 1
    assert {name: before[name] for name in contents(folders)} == contents(folders)


def test_a_file_that_cannot_be_written_is_reported_before_anything_runs(
    command, tmp_path, monkeypatch
):
    scenario_file(tmp_path, name="a.yaml")
    monkeypatch.setattr("sim.runs.replication.simulate", None)

    ended = command("compare", "a.yaml", "a.yaml", "--out", "a.yaml/deep/c.txt", folder=tmp_path)

    assert refused(ended) == [
        "--out: a.yaml/deep/c.txt cannot be written: a.yaml is a file; "
        "a file in a folder that can be written, on a disk with room"
    ]


def test_a_damaged_run_folder_is_reported_by_its_files(command, folders, tmp_path):
    folder = run_folder(tmp_path / "damaged")
    (folder / "devices.parquet").write_bytes(b"")
    (folder / "summary.json").unlink()

    expected = "is missing or damaged; a whole run folder; run the scenario again"
    assert refused(command("compare", folders / "plain", "damaged", folder=tmp_path)) == [
        f"damaged/devices.parquet {expected}",
        f"damaged/summary.json {expected}",
    ]


def test_what_is_no_plain_file_is_left_as_it_is_and_a_link_is_followed(command, folders, tmp_path):
    pipe, link, real = tmp_path / "pipe", tmp_path / "link", tmp_path / "real"
    os.mkfifo(pipe)
    real.write_text("A is better: before.\n")
    link.symlink_to(real)
    sides = (folders / "plain", folders / "worse")

    ended = command("compare", *sides, "--format", "json", "--out", pipe, folder=tmp_path)
    assert (ended.code, stat.S_ISFIFO(pipe.stat().st_mode)) == (2, True)
    assert "it is not an ordinary file" in ended.err
    assert command("compare", *sides, "--format", "json", "--out", link, folder=tmp_path).code == 0
    assert link.is_symlink()
    assert json.loads(real.read_text("utf-8"))["format"] == 1


def test_devices_of_different_replications_are_not_called_paired(command, tmp_path):
    scenario_file(tmp_path)
    whole = ("run", "a.yaml", "--replications", 3, "--out", "whole")
    assert command(*whole, folder=tmp_path).code == 0
    third = ("run", "a.yaml", "--replication", 3, "--out", "third")
    assert command(*third, folder=tmp_path).code == 0

    ended = command("compare", "third", "whole", "--format", "json", folder=tmp_path)

    notes = json.loads(ended.out)["notes"]
    assert any("replication 3 of A and 1 of B, which differ by chance" in note for note in notes)


def test_a_replication_that_is_gone_is_reported(command, tmp_path):
    scenario_file(tmp_path)
    whole = ("run", "a.yaml", "--replications", 3, "--out", "whole")
    assert command(*whole, folder=tmp_path).code == 0
    shutil.rmtree(tmp_path / "whole" / "replications" / "002")

    assert refused(command("compare", "whole", "a.yaml", folder=tmp_path)) == [
        "whole/replications/002 is missing or damaged; a whole run folder; run the scenario again"
    ]


def test_a_scenario_is_run_as_the_single_replication_beside_it(command, tmp_path):
    scenario_file(tmp_path)
    third = ("run", "a.yaml", "--replication", 3, "--out", "third")
    assert command(*third, folder=tmp_path).code == 0

    ended = command("compare", "third", "a.yaml", "--format", "json", folder=tmp_path)

    told = json.loads(ended.out)
    assert "B is run as replication 3 alone, like the run folder." in told["notes"]
    assert not any("differ by chance" in one or "not paired" in one for one in told["notes"])


@pytest.mark.parametrize(
    ("name", "begins"), [("c.html", "<!doctype html>"), ("c.json", "{"), ("c.txt", "A is better")]
)
def test_the_ending_of_the_file_says_what_is_written(name, begins, command, folders, tmp_path):
    sides = (folders / "plain", folders / "worse")

    assert command("compare", *sides, "--out", name, folder=tmp_path).code == 0
    assert (tmp_path / name).read_text("utf-8").lower().startswith(begins.lower())
    forced = command("compare", *sides, "--format", "text", "--out", "d.html", folder=tmp_path)
    assert forced.code == 0
    assert (tmp_path / "d.html").read_text("utf-8").startswith("A is better")
