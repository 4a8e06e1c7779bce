"""`import sim`: scenarios are read and changed, runs are made, read back and shown."""

import json

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli import exit_code
from tests.api.rollout import TEXT


@pytest.fixture(scope="module")
def result():
    """Return a run that is only looked at."""
    return sim.run(sim.load(TEXT))


@pytest.fixture
def saved(result, tmp_path):
    return sim.open_run(result.save(tmp_path / "run"))


def _problems(refused):
    return [str(problem) for problem in refused.value.problems]


def test_every_public_name_is_there():
    assert sorted(sim.__all__) == dir(sim)
    assert [name for name in sim.__all__ if getattr(sim, name) is None] == []


def test_a_name_that_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'simulate_all'"):
        _ = sim.simulate_all


def test_a_scenario_is_read_from_a_file_or_from_its_text(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, "utf-8")

    assert sim.load(path).yaml == sim.load(str(path)).yaml == sim.load(TEXT).yaml
    assert str(sim.load(path)) == "Small rollout · seed 7"
    assert sim.load(path).start.isoformat() == "2026-03-02T08:00:00+00:00"


def test_values_are_changed_by_path_in_the_types_of_python():
    changed = sim.load(
        TEXT,
        set={
            "seed": 8,
            "horizon": "12 d",
            "question": "no",
            "site.version": "2403",
            "policies[Onboard].workspace": {"id": "present", "key": "present"},
            "fleet.generate.mix": {"windows-8.1": "100 %"},
        },
    )

    assert (changed.seed, changed.horizon.days, changed.question) == (8, 12, "no")
    assert "windows-8.1: 100 %" in changed.yaml


def test_what_is_written_is_a_copy_to_make_changes_from():
    scenario = sim.load(TEXT, set={"seed": 8})
    plan = scenario.values["plan"]
    plan.append({"name": "repair", "at": "3 d", "set_workspace": "Onboard", "key": "present"})

    assert scenario.values["seed"] == 8
    assert len(scenario.values["plan"]) == 1
    assert "repair" in scenario.changed({"plan": plan}).yaml


def test_further_changes_join_the_earlier_ones():
    first = sim.load(TEXT, set={"seed": 8})
    second = first.changed({"horizon": "12 d"})

    assert (second.seed, second.horizon.days) == (8, 12)
    assert (first.seed, first.horizon.days) == (8, 10)
    assert dict(second.changes) == {"seed": 8, "horizon": "12 d"}


def test_a_wrong_scenario_tells_all_its_problems():
    wrong = TEXT.replace("to: [All]", "to: [Al]").replace("seed: 7", "sede: 7")

    with pytest.raises(sim.errors.UnusableInput) as refused:
        sim.load(wrong)

    assert [text.partition(": ")[0] for text in _problems(refused)] == ["scenario:5", "scenario:17"]


def test_a_wrong_change_is_told_as_one():
    with pytest.raises(sim.errors.UnusableInput) as refused:
        sim.load(TEXT, set={"policies[Onbord].package": "x", "horizon": "soon"})

    assert [text.partition(" ")[0] for text in _problems(refused)] == ["set:", "set:"]


def test_a_value_that_no_scenario_can_hold_is_refused_by_its_path():
    with pytest.raises(sim.errors.UnusableInput, match=r"seed: a value that a scenario cannot"):
        sim.load(TEXT, set={"seed": {1, 2}})


def test_a_run_is_what_the_command_would_have_written(result, tmp_path, capsys):
    path, folder = tmp_path / "s.yaml", tmp_path / "run"
    path.write_text(TEXT, "utf-8")
    assert exit_code(["run", str(path), "--out", str(folder)]) == 0
    printed = capsys.readouterr().out
    commanded = sim.open_run(folder)

    assert commanded.summary == result.summary
    pd.testing.assert_frame_equal(commanded.devices, result.devices)
    pd.testing.assert_frame_equal(commanded.events, result.events)
    pd.testing.assert_frame_equal(commanded.measures, result.measures)
    pd.testing.assert_frame_equal(commanded.expectations, result.expectations)
    for line in str(result).splitlines():
        assert line in printed


def test_a_run_folder_holds_the_same_bytes_as_that_of_the_command(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, "utf-8")
    exit_code(["run", str(path), "--seed", "9", "--replication", "2", "--out", str(tmp_path / "a")])
    sim.run(path, seed=9, replication=2, out=tmp_path / "b")

    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "b").iterdir())
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_one_replication_is_run_whatever_the_scenario_asks_for():
    several = sim.load(TEXT, set={"replications": 5})

    assert sim.run(several, replication=2).summary["replications"] == 1


def test_there_is_no_replication_before_the_first():
    with pytest.raises(sim.errors.UnusableInput, match="no such replication"):
        sim.run(TEXT, replication=0)


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        (lambda result, saved: sim.load(5), "int is no scenario file; text or a Path such as "),
        (lambda result, saved: sim.load(None), "NoneType is no scenario file; "),
        (lambda result, saved: sim.load(b"s.yaml"), "bytes is no scenario file; "),
        (lambda result, saved: sim.load(TEXT, set=5), "int is no set of changes; a dictionary of "),
        (lambda result, saved: result.scenario.changed([1]), "list is no set of changes; "),
        (lambda result, saved: sim.run(5), "int is no scenario file; "),
        (lambda result, saved: sim.run(TEXT, out=5), "int is no folder; "),
        (lambda result, saved: sim.open_run(5), "int is no run folder; "),
        (lambda result, saved: result.series(5), "int is no number over time; "),
        (lambda result, saved: result.judge(5), "int is no expectation; "),
        (lambda result, saved: result.assert_expectation(5), "int is no expectation; "),
        (lambda result, saved: result.story(5), "int is no device; "),
        (lambda result, saved: result.plot(5), "int is no picture; "),
        (lambda result, saved: result.plot().save(5), "int is no file; "),
        (lambda result, saved: result.report(5), "int is no file; "),
        (lambda result, saved: result.save(5), "int is no folder; "),
        (lambda result, saved: saved.story(5), "int is no device; "),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_accepted(call, refused, result, saved):
    with pytest.raises(sim.errors.UnusableInput, match=f"^{refused}"):
        call(result, saved)


def test_no_rule_has_a_number_for_its_name():
    with pytest.raises(sim.errors.UnknownRule, match='no rule "5"'):
        sim.explain(5)


def test_a_table_of_devices_is_no_scenario(tmp_path):
    (tmp_path / "d.csv").write_text("name,os\nA,windows-11-24h2\n")
    told = r"d\.csv: this is a table of devices, no scenario; a scenario that reads it: fleet: "
    with pytest.raises(sim.errors.UnusableInput, match=told):
        sim.load(tmp_path / "d.csv")


def test_a_folder_that_is_no_run_folder_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")

    refused = r"is not a run folder; another folder; only run folders are replaced$"
    with pytest.raises(sim.errors.UnusableInput, match=refused):
        sim.run(TEXT, out=tmp_path)
    with pytest.raises(sim.errors.UnusableInput, match=refused):
        sim.run(TEXT).save(tmp_path)


def test_notes_and_the_scenario_stay_with_the_result(result):
    assert any("end of support" in note for note in result.notes)
    assert result.scenario.name == "Small rollout"


def test_a_series_is_read_at_the_reporting_interval_and_at_the_end(result):
    line = result.series("device.coverage_pct{collection='All'}")

    assert list(line.index[[0, 1, -1]] / pd.Timedelta(hours=1)) == [0, 1, 240]
    assert line.iloc[-1] == pytest.approx(result.summary["coverage_pct"])
    assert line.name == "device.coverage_pct{collection='All'}"
    assert line.index.name == "elapsed"


def test_a_series_agrees_with_the_table_of_measures(result):
    table = result.measures
    chosen = table[
        (table["measure"] == "onboarded") & (table["view"] == "console") & (table["label"] == "")
    ]

    assert result.series("onboarded").to_list() == chosen["value"].to_list()


def test_sums_of_series_are_series(result):
    all_states = result.series("device.onboarded + device.failed + device.waiting")
    rest = result.series("30 - device.targeted")

    assert all_states.iloc[-1] == 30
    assert (rest.iloc[0], rest.iloc[-1]) == (30, 0)


def test_a_series_without_data_has_no_values(result):
    assert result.series("onboarded_pct").iloc[:24].isna().all()


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "ends too early"),
        ("onboarded +", "ends too early"),
        ("failed >= 3", "this is not a number over time"),
        ("failed at 3 d", "this is not a number over time"),
        ("max of failed from 1 d to 3 d", "this is not a number over time"),
        ("failed or waiting", '"or" does not fit'),
        ("onbording_pct", 'did you mean "onboarded_pct"?'),
        ("failed{collection='Al'}", 'did you mean "All"?'),
        ("failed + failed_pct", "a percentage is added to"),
    ],
)
def test_what_is_no_series_is_refused_in_words(result, expression, said):
    with pytest.raises(sim.errors.UnusableInput) as refused:
        result.series(expression)

    assert said in "\n".join(_problems(refused))


def test_a_story_in_memory_is_that_of_the_run_folder(result, saved):
    device = result.devices["name"].iloc[0]

    assert result.story(device.lower()) == saved.story(device)
    assert result.story(device).startswith(f"{device}: Server")


def test_an_unknown_device_is_told_with_the_nearest_name(result):
    with pytest.raises(sim.errors.UnusableInput, match=r'in this run; .* did you mean "SRV-'):
        result.story("SRV-00000")


@pytest.mark.parametrize(
    "name", ["onboarding", "causes", "health", "systems", "collections", "stages"]
)
def test_pictures_show_themselves_on_white_paper_and_no_wider_than_the_page(result, name):
    shown = result.plot(name)._repr_svg_()

    head = shown[: shown.index(">", shown.index("<svg"))]
    assert 'width="840"' in head
    assert 'style="max-width: 100%; height: auto; background: white"' in head
    assert shown == result.plot(name)._repr_svg_()


def test_a_point_that_carried_something_has_a_picture(result):
    legacy_off = {
        "client_settings": [
            {"name": "New", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
        ]
    }
    loaded = sim.run(result.scenario.changed(legacy_off))

    assert "peak" in loaded.plot("content")._repr_svg_()


def test_a_payload_that_a_script_brings_has_a_picture():
    script = {"name": "script-b", "payload": "b", "organization": "contoso"}
    step = {"name": "script", "at": "3 d", "run_script": "script-b", "on": ["All"]}
    scenario = sim.load(TEXT)
    packages = [*scenario.values["packages"], {**script, "method": "group_policy"}]
    plan = [*scenario.values["plan"], step]
    moved = sim.run(scenario.changed({"packages": packages, "plan": plan}))

    assert "script-b 100 %" in moved.plot("payloads")._repr_svg_()


def test_a_support_desk_has_a_picture():
    desk = {"technicians": 1, "repairs": {"client_inactive": "1 h", "network_blocked": "1 h"}}
    unlucky = {"support_desk": desk, "faults": "drawn", "fleet.generate.devices": 200}
    helped = sim.run(sim.load(TEXT, set=unlucky))

    assert "<svg" in helped.plot("desk")._repr_svg_()


@pytest.mark.parametrize("file", ["p.svg", "p.png", "p.pdf"])
def test_pictures_are_written_as_the_ending_says(result, tmp_path, file):
    written = result.plot("causes", width=400).save(tmp_path / file)

    beginnings = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    assert written.read_bytes().startswith(beginnings[written.suffix])


@pytest.mark.parametrize("file", ["p.what", "missing/p.svg", "missing/p.png"])
def test_a_picture_that_cannot_be_written_is_refused(result, tmp_path, file):
    with pytest.raises(sim.errors.UnusableInput, match="the picture cannot be written to"):
        result.plot("causes").save(tmp_path / file)


def test_an_unknown_picture_is_told_with_the_nearest_name(result):
    with pytest.raises(sim.errors.UnusableInput, match='did you mean "onboarding"'):
        result.plot("onbording")


def test_a_picture_of_nothing_is_refused_with_the_reason():
    nobody = sim.run(sim.load(TEXT, set={"fleet.generate.mix": {"windows-7": "100 %"}}))

    for name in ("stages", "content", "systems", "locations", "payloads", "desk"):
        with pytest.raises(sim.errors.UnusableInput, match="there is nothing to draw"):
            nobody.plot(name)


def test_the_report_is_that_of_the_run_folder(result, saved, tmp_path):
    report = result.report(tmp_path / "report.html")

    assert report.read_bytes() == (saved.folder / "report.html").read_bytes()


def test_a_report_that_cannot_be_written_is_refused(result, tmp_path):
    with pytest.raises(sim.errors.UnusableInput, match="the report cannot be written to"):
        result.report(tmp_path / "missing" / "report.html")
    with pytest.raises(sim.errors.UnusableInput, match="the report cannot be written to"):
        result.report("a\0b.html")


def test_a_report_replaces_a_page_and_nothing_else(result, tmp_path):
    scenario, page, empty = (tmp_path / name for name in ("s.yaml", "r.html", "e.html"))
    scenario.write_text("format: 1\n")
    page.write_text("\n<!DOCTYPE html>\n<p>An earlier one")
    empty.write_text("")

    with pytest.raises(sim.errors.UnusableInput, match=r"s\.yaml exists and is not a page"):
        result.report(scenario)
    assert scenario.read_text() == "format: 1\n"
    assert result.report(page).read_bytes() == result.report(empty).read_bytes()


@pytest.mark.parametrize("width", [-1, 0, 99, 10_001, float("nan"), "wide"])
@pytest.mark.parametrize("name", ["onboarding", "fan"])
def test_a_picture_has_a_width_in_which_something_can_be_seen(result, name, width):
    with pytest.raises(sim.errors.UnusableInput, match=r"width: nothing can be drawn"):
        result.plot(name, width=width)


def test_a_width_may_be_one_of_numpy(result):
    assert result.plot("onboarding", width=np.int64(800)).figure is not None


@pytest.mark.parametrize("name", ["", ".", "picture"])
def test_a_picture_without_an_ending_is_refused_and_nothing_is_written(
    result, name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(sim.errors.UnusableInput, match="not a kind of picture"):
        result.plot().save(name)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_scenario_runs_again_to_the_same(result, saved):
    assert sim.run(saved.scenario).summary == result.summary


def test_a_folder_that_is_no_run_folder_is_not_opened(tmp_path):
    with pytest.raises(sim.errors.UnusableInput, match="is not a run folder"):
        sim.open_run(tmp_path)


@pytest.mark.parametrize(
    ("file", "asked"), [("devices.parquet", "devices"), ("summary.json", "summary")]
)
def test_a_damaged_file_is_named(saved, file, asked):
    (saved.folder / file).write_bytes(b"PAR1 and nothing more")

    with pytest.raises(sim.errors.UnusableInput, match=rf"{file} is missing or damaged"):
        getattr(saved, asked)


def test_what_is_read_back_is_plain_json_and_frames(saved):
    assert json.dumps(saved.summary)
    assert list(saved.expectations.columns) == ["text", "outcome", "observed"]


def test_a_rule_is_explained_and_an_unknown_one_told():
    assert sim.explain("mma-2").title == "MMA needs workspace ID and key"
    with pytest.raises(sim.errors.UnknownRule):
        sim.explain("MMA-99")
