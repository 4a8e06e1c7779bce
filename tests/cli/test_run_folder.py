"""What `fleetsim run` writes, where, and what it never touches."""

import json
import re
import shutil
import socket
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.errors import UnusableInput
from tests.cli.commands import RUN_FOLDER, SCENARIO, changed, contents, entries, process, write


def test_a_run_writes_exactly_the_files_of_a_run_folder(finished):
    assert entries(finished) == {"s.yaml", "results"}
    assert entries(finished / "results") == {"s-7"}
    assert set(contents(finished / "results" / "s-7")) == RUN_FOLDER


DEVICES = (
    "name,os,level,route,location,collections,status,cause,rule,policy,payload_desired,"
    "payload_in_use,agent,agent_version,sample_sharing,health,targeted_at,policy_applied_at,"
    "onboarded_at,reported_at,portal_at,retired_at,attempts,restarts"
)
EVENTS = "time,device,event,cause,rule,policy,payload,collection,step"
MEASURES = "time,measure,view,label,value"
SUMMARY = (
    "scenario,seed,replications,devices,eligible,targeted,onboarded,onboarded_pct,coverage_pct,"
    "offboarded,failed,waiting,not_targeted,not_eligible,causes,agents,payload_in_use,protected,"
    "protected_pct,console,portal,time_to,events,expectations"
)


def test_the_tables_have_the_columns_of_the_contract(finished):
    folder = finished / "results" / "s-7"
    columns = {
        name: ",".join(pd.read_parquet(folder / f"{name}.parquet").columns)
        for name in ("devices", "events", "measures")
    }

    assert columns == {"devices": DEVICES, "events": EVENTS, "measures": MEASURES}
    with_all = DEVICES.replace(",cause,", ",cause,all_causes,")
    text = (folder / "devices.csv").read_text("utf-8")
    assert text.splitlines()[0] == f"\ufeff{with_all}"  # Excel reads UTF-8 by the mark
    assert len(pd.read_parquet(folder / "fleet.parquet")) == 30


def test_csv_and_parquet_tell_the_same_of_every_device(finished):
    folder = finished / "results" / "s-7"
    parquet = pd.read_parquet(folder / "devices.parquet")
    csv = pd.read_csv(folder / "devices.csv", dtype=str, keep_default_na=False)
    all_causes = csv.pop("all_causes")
    start = sim.load(folder / "scenario.yaml").loaded.scenario.start

    def cell(name, value):
        if pd.isna(value):
            return ""
        if name.endswith("_at"):  # the site's time; its zone has no daylight saving
            return f"{start + timedelta(seconds=int(value)):%Y-%m-%d %H:%M:%S}"
        return str(value)

    assert [
        [cell(*each) for each in zip(parquet.columns, row, strict=True)]
        for row in parquet.itertuples(index=False)
    ] == csv.values.tolist()
    assert all_causes.str.partition("; ")[0].tolist() == csv["cause"].tolist()


def test_the_summary_adds_up_and_has_the_keys_of_the_contract(finished):
    summary = json.loads((finished / "results" / "s-7" / "summary.json").read_text("utf-8"))

    assert ",".join(summary) == SUMMARY
    statuses = ("onboarded", "offboarded", "failed", "waiting", "not_targeted", "not_eligible")
    assert sum(summary[status] for status in statuses) == summary["devices"] == 30
    assert summary["expectations"][0]["outcome"] == "failed"


def test_failed_expectations_are_printed_and_end_a_run_with_zero(finished):
    ended = process("run", "s.yaml", "--out", "again", folder=finished)
    shutil.rmtree(finished / "again")

    assert ended.code == 0
    assert "Expectations: 0 of 1 passed" in ended.out
    assert ended.err.splitlines()[0] == "Simulating Small rollout ..."


def test_provenance_names_versions_seed_digests_and_assumptions_but_no_place_or_time(finished):
    text = (finished / "results" / "s-7" / "provenance.json").read_text("utf-8")
    origin = json.loads(text)

    assert (origin["tool"], origin["seed"], origin["replication"]) == ("fleetsim", 7, 1)
    assert set(origin["digests"]) == {"scenario", "fleet", "events"}
    assert {"numpy", "pyarrow", "simpy", "tzdata"} <= set(origin["libraries"])
    assert all(set(a) >= {"name", "value", "unit", "source"} for a in origin["assumptions"])
    for secret in (str(finished), str(Path.home()), socket.gethostname(), "s.yaml", "results"):
        assert secret not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT|\d\d:\d\d", text)


def test_no_file_of_a_run_folder_knows_where_it_was_made(finished):
    for name, content in contents(finished / "results" / "s-7").items():
        assert str(finished).encode() not in content, name


def test_another_seed_has_another_folder_and_another_story(finished, command, tmp_path):
    path = write(tmp_path)

    assert command("run", path, "--seed", 8, folder=tmp_path).code == 0

    assert entries(tmp_path / "results") == {"s-8"}
    assert json.loads((tmp_path / "results/s-8/summary.json").read_text())["seed"] == 8
    assert (tmp_path / "results/s-8/events.parquet").read_bytes() != (
        finished / "results/s-7/events.parquet"
    ).read_bytes()


def test_the_same_scenario_and_seed_give_the_same_bytes_in_another_process(finished, tmp_path):
    write(tmp_path)

    process("run", "s.yaml", "--out", "other", folder=tmp_path, PYTHONHASHSEED="99")

    assert contents(tmp_path / "other") == contents(finished / "results" / "s-7")


def test_another_replication_draws_again_over_the_same_fleet(finished, command, tmp_path):
    path = write(tmp_path)
    command("run", path, "--replication", 2, "--out", "two", folder=tmp_path)
    one, two = contents(finished / "results" / "s-7"), contents(tmp_path / "two")

    assert set(two) == RUN_FOLDER
    assert two["fleet.parquet"] == one["fleet.parquet"]
    assert two["scenario.yaml"] == one["scenario.yaml"]
    assert two["events.parquet"] != one["events.parquet"]
    assert json.loads(two["provenance.json"])["replication"] == 2


def test_the_kth_replication_of_several_can_be_run_alone(command, tmp_path):
    path = write(tmp_path, changed(("seed: 7", "seed: 7\nreplications: 3")))

    assert command("run", path, "--replication", 3, "--out", "three", folder=tmp_path).code == 0


def test_set_changes_the_scenario_that_is_run_and_stored(command, tmp_path):
    path = write(tmp_path)
    changes = ("--set", "policies[Onboard].workspace.key=present", "--set", "horizon=4 d")

    assert command("run", path, *changes, "--out", "r", folder=tmp_path).code == 0

    kept = (tmp_path / "r" / "scenario.yaml").read_text("utf-8")
    assert "horizon: 4 d" in kept
    assert "      key: present" in kept


def test_overridden_assumptions_are_in_force_and_named(command, tmp_path):
    path = write(tmp_path)
    changes = (
        "--set",
        "assumptions={client_inactive_share: 100 %, client_return_mean: 36500 d,"
        " duplicate_share: 0 %, managed_conflict_share: 1 %}",
    )

    ended = command("run", path, *changes, "--out", "r", folder=tmp_path)

    origin = json.loads((tmp_path / "r/provenance.json").read_text("utf-8"))
    overridden = {a["name"]: a["value"] for a in origin["assumptions"] if a["overridden"]}
    assert overridden == {
        "client_inactive_share": 1_000_000,
        "client_return_mean": 36_500 * 86_400,
        "duplicate_share": 0,
        "managed_conflict_share": 10_000,
    }
    causes = json.loads((tmp_path / "r/summary.json").read_text("utf-8"))["causes"]
    assert causes == {"client_inactive": 30}
    assert (
        "Note: Changed, but without effect in this version: managed_conflict_share."
        in ended.problems
    )


def test_a_run_folder_is_replaced_whole(command, tmp_path):
    path, folder = write(tmp_path), tmp_path / "results" / "s-7"
    assert command("run", path, "--replications", 2, folder=tmp_path).code == 0
    assert {"bands.parquet", "replications/002/summary.json"} <= set(contents(folder))
    (folder / ".DS_Store").write_text("left by a file manager")

    assert command("run", path, folder=tmp_path).code == 0

    assert set(contents(folder)) == RUN_FOLDER
    assert entries(folder.parent) == {"s-7"}


def the_scenario(folder):
    return write(folder / "results" / "s-7", name="plan.yaml"), "plan.yaml"


def the_scenario_of_the_run_itself_edited(folder):
    path = folder / "results" / "s-7" / "scenario.yaml"
    path.write_text(f"# mine\n{path.read_text('utf-8')}", "utf-8")
    return path, "scenario.yaml"


def a_fleet_table(folder):
    (folder / "results" / "s-7" / "fleet.csv").write_text("name,os\nA,server-2019\n")
    source = "import: {file: results/s-7/fleet.csv}"
    text = changed(("generate: {devices: 30, mix: servers}", source))
    return write(folder, text), "fleet.csv"


def the_fleet_of_the_run_itself(folder):
    source = "import: {file: results/s-7/fleet.parquet}"
    text = changed(("generate: {devices: 30, mix: servers}", source))
    return write(folder, text), "fleet.parquet"


def a_member_list(folder):
    (folder / "results" / "s-7" / "replications").mkdir()
    (folder / "results" / "s-7" / "replications" / "members.txt").write_text("SRV-000001\n")
    members = "members: {file: results/s-7/replications/members.txt}"
    return write(folder, changed(("members: managed", members))), "replications/members.txt"


def a_link_to_the_scenario(folder):
    (folder / "results" / "s-7" / "link.yaml").symlink_to(write(folder))
    return folder / "results" / "s-7" / "link.yaml", "link.yaml"


INPUTS = (
    the_scenario,
    the_scenario_of_the_run_itself_edited,
    a_fleet_table,
    the_fleet_of_the_run_itself,
    a_member_list,
    a_link_to_the_scenario,
)


@pytest.mark.parametrize("arrange", INPUTS)
def test_a_run_never_replaces_a_folder_in_which_its_inputs_lie(
    arrange, command, run_folder, tmp_path, no_simulation
):
    path, name = arrange(tmp_path)
    before = contents(tmp_path)

    ended = command("run", path, "--out", run_folder, folder=tmp_path)

    assert (ended.code, ended.out) == (2, "")
    assert ended.problems == [
        f"--out: {run_folder / name} is read by this run and lies in {run_folder}, "
        "which would be replaced; choose another folder or move the file"
    ]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("arrange", INPUTS)
def test_python_never_replaces_a_folder_in_which_the_inputs_of_a_run_lie(
    arrange, run_folder, tmp_path
):
    path, name = arrange(tmp_path)
    before = contents(tmp_path)
    result = sim.run(path)

    for write_again in (lambda: sim.run(path, out=run_folder), lambda: result.save(run_folder)):
        with pytest.raises(UnusableInput, match=f"{name} is read by this run and lies in"):
            write_again()
        assert contents(tmp_path) == before


FOREIGN = ("notes.xlsx", "old/plan.docx", "replications/why.txt", "replications/001/mine.csv")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (FOREIGN[:1], "notes.xlsx in results/s-7 was not written by fleetsim, and would be deleted;"
         " another folder, or move it elsewhere"),
        (FOREIGN[:2], "notes.xlsx and old in results/s-7 were not written by fleetsim, and would be"
         " deleted; another folder, or move them elsewhere"),
        (FOREIGN[1:], "old, replications/001/mine.csv and replications/why.txt in results/s-7 were"
         " not written by fleetsim, and would be deleted; another folder, or move them elsewhere"),
        ((*FOREIGN, "report.html/mine.txt", "z"),
         "notes.xlsx, old, replications/001/mine.csv and 3 more in results/s-7 were not written by"
         " fleetsim, and would be deleted; another folder, or move them elsewhere"),
    ],
)  # fmt: skip
def test_a_run_never_deletes_what_fleetsim_did_not_write(
    names, expected, command, run_folder, tmp_path, no_simulation
):
    path = write(tmp_path)
    (run_folder / "report.html").unlink()
    for name in names:
        (run_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (run_folder / name).write_text("months of work")
    before = contents(tmp_path)

    ended = command("run", path, folder=tmp_path)

    assert (ended.code, ended.out, ended.problems) == (2, "", [f"--out: {expected}"])
    assert contents(tmp_path) == before


def test_an_empty_folder_may_receive_the_results(command, tmp_path):
    (tmp_path / "there").mkdir()

    assert command("run", write(tmp_path), "--out", "there", folder=tmp_path).code == 0
    assert set(contents(tmp_path / "there")) == RUN_FOLDER


@pytest.fixture
def no_simulation(monkeypatch):
    """Fail the test when anything is simulated."""

    def simulate(*arguments):
        raise AssertionError("nothing must be simulated")

    monkeypatch.setattr("sim.runs.replication.simulate", simulate)


def a_foreign_folder(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("months of work")
    return "mine"


def somebody_elses_provenance(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "provenance.json").write_text('{"tool": "another"}')
    return "mine"


def a_broken_provenance(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "provenance.json").write_bytes(b"\xff\xfe{")
    return "mine"


def a_file(folder):
    (folder / "mine").write_text("not a folder")
    return "mine"


def below_a_file(folder):
    return "s.yaml/results/deep"


def where_one_stands(folder):
    (folder / "s.yaml").rename(folder.parent / "s.yaml")
    return "."


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (
            a_foreign_folder,
            "--out: mine exists and is not a run folder; "
            "another folder; only run folders are replaced",
        ),
        (
            somebody_elses_provenance,
            "--out: mine exists and is not a run folder; "
            "another folder; only run folders are replaced",
        ),
        (
            a_broken_provenance,
            "--out: mine exists and is not a run folder; "
            "another folder; only run folders are replaced",
        ),
        (a_file, "--out: mine is a file; a folder"),
        (
            below_a_file,
            "--out: s.yaml/results/deep cannot be made: s.yaml is a file; another folder",
        ),
        (
            where_one_stands,
            "--out: . is the current folder, and would be replaced; "
            "another folder, or run it elsewhere",
        ),
    ],
)
def test_what_is_no_run_folder_is_refused_before_simulating_and_left_alone(
    arrange, expected, command, tmp_path, no_simulation
):
    place = tmp_path / "place"
    place.mkdir()
    path = write(place)
    out = arrange(place)
    before = contents(tmp_path)

    scenario = path if path.exists() else tmp_path / "s.yaml"
    ended = command("run", scenario, "--out", out, folder=place)

    assert (ended.code, ended.problems, ended.out) == (2, [expected], "")
    assert contents(tmp_path) == before


def test_results_may_go_through_a_link(command, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert command("run", write(tmp_path), "--out", "link", folder=tmp_path).code == 0
    assert set(contents(tmp_path / "real")) == RUN_FOLDER


def test_the_report_escapes_what_names_could_smuggle_in(command, tmp_path):
    hostile = "<script>alert(1)</script>"
    (tmp_path / "d.csv").write_text(
        f'name,os,location\n"{hostile}A",server-2016,"{hostile}L"\n=cmd,windows-11-24h2,\n', "utf-8"
    )
    text = changed(
        ("generate: {devices: 30, mix: servers}", "import: {file: d.csv}"),
        ("name: Small rollout", f"name: '{hostile}'"),
        ("{name: All,", f"{{name: '{hostile}',"),
        ("to: [All]", f"to: ['{hostile}']"),
    )

    assert command("run", write(tmp_path, text), "--out", "r", folder=tmp_path).code == 0

    assert "alert(1)</script>" not in (tmp_path / "r/report.html").read_text("utf-8")
    csv = (tmp_path / "r/devices.csv").read_text("utf-8")
    assert "\n'=cmd," in csv
    assert "'=cmd" not in pd.read_parquet(tmp_path / "r/devices.parquet")["name"].tolist()


def test_the_base_scenario_stays_as_it_was(finished):
    assert (finished / "s.yaml").read_text("utf-8") == SCENARIO
