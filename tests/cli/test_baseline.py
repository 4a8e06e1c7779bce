"""`fleetsim baseline` and `check --baseline`: what is kept, and how is told that it differs."""

import json
import math
import os
import re
import shutil

import pandas as pd
import pytest

from sim.baselines import comparator as baseline_compared
from tests.cli.commands import changed, contents, entries, write

BASE = changed(
    ("coverage_pct at end >= 99", "device.coverage_pct at end >= 10"),
    ("generate: {devices: 30, mix: servers}", "import: {file: fleet.csv}"),
    ("horizon: 10 d", "horizon: 10 d\nfaults: none"),
)
DRAWN = changed(("coverage_pct at end >= 99", "device.coverage_pct at end >= 10"))
WITHOUT = BASE[: BASE.index("expect:")]
SEEDS = (
    "The baseline is of seed 7, this run of seed 8: if that is intended,"
    " run fleetsim baseline update."
)
FILES = {"baseline.json", "devices.csv", "events.parquet"}


def fleet(folder, *failing, count=14, name="fleet.csv", prefix="PC"):
    """Write a fleet of which the devices numbered *failing* are too old to onboard."""
    rows = [
        f"{prefix}-{n:02},{'windows-10-1507' if n in failing else 'windows-11-24h2'}"
        for n in range(count)
    ]
    (folder / name).write_text("name,os\n" + "\n".join(rows) + "\n", "utf-8")


@pytest.fixture
def plan(command, tmp_path):
    """Return a function that checks the plan against its baselines, which are saved already."""
    fleet(tmp_path)
    write(tmp_path, BASE)

    def check(*arguments, file="s.yaml"):
        options = ("--baseline", "bl", "--jobs", 1)
        return command("check", file, *options, *arguments, folder=tmp_path)

    check.folder = tmp_path
    check.command = lambda *arguments: command(*arguments, folder=tmp_path)
    check.save = lambda *arguments: check.command(
        "baseline", *(arguments or ("save", "s.yaml")), "--baseline", "bl", "--jobs", 1
    )
    return check


def told(ended):
    """Return what text says of the baseline, from its mark on, on one line."""
    text = " ".join(ended.out.split())
    return text[text.index(" baseline: ") - 14 : text.rindex(" 1 scenario: ")]


def judge(folder, text):
    (folder / "bl").mkdir(exist_ok=True)
    (folder / "bl" / "tolerances.yaml").write_text(f"format: 1\n{text}", "utf-8")


def test_the_first_check_writes_the_baseline_and_fails_and_the_second_passes(plan):
    first, second = plan(), plan()

    assert (first.code, second.code) == (5, 0)
    assert "There was no baseline. It is written to bl/s now: review it, keep it." in told(first)
    assert entries(plan.folder / "bl" / "s") == FILES
    assert "passed baseline: exact: 113 events of 14 devices, seed 7, 1 replication" in told(second)


def test_a_baseline_is_small_and_says_what_it_is_of(plan):
    plan.save()
    document = json.loads((plan.folder / "bl/s/baseline.json").read_text("utf-8"))

    assert set(document) == {
        "fleetsim_baseline", "version", "name", "scenario", "seed", "replications", "devices",
        "table", "events", "log", "digests", "measures",
    }  # fmt: skip
    assert (document["seed"], document["devices"], len(document["digests"])) == (7, 14, 1)
    assert (plan.folder / "bl/s/devices.csv").read_text("utf-8").splitlines()[:2] == [
        "name,status,cause,onboarded_at", "PC-00,onboarded,,95725",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "edit",
    [
        ("seed: 7", "# what a planner thinks of it\nseed: 7"),
        ("seed: 7\n", ""),
        ("horizon: 10 d", "horizon: 240 h"),
        ("{time_zone: Europe/London}", "{subscription: true, time_zone: Europe/London}"),
        ("{name: onboarding-a, payload: a, organization: contoso}",
         "{organization: contoso, method: configuration_manager, payload: a, name: onboarding-a}"),
        ("device.coverage_pct at end >= 10", "device.failed at end <= 14"),
    ],
)  # fmt: skip
def test_an_edit_that_changes_nothing_passes_an_exact_baseline(edit, plan):
    text = BASE if edit[0] != "seed: 7\n" else BASE.replace("seed: 7", "seed: 1")
    write(plan.folder, text)
    plan.save()
    write(plan.folder, changed(edit if edit[0] != "seed: 7\n" else ("seed: 1\n", ""), text=text))

    ended = plan()

    assert ended.code == 0, ended.out


def test_one_more_failing_device_fails_it_and_is_named_with_its_cause(plan):
    fleet(plan.folder, 3)
    plan.save()
    fleet(plan.folder, 3, 8)

    ended = plan()

    assert ended.code == 3
    text = told(ended)
    assert "1 device onboarded -> not_eligible (os_not_supported): PC-08" in text
    assert "replay: fleetsim run s.yaml --seed 7" in text
    assert "1 scenario with a regression" in ended.out
    assert "edited" not in text


def test_of_many_devices_the_first_ten_are_named_and_all_are_counted_by_cause(plan):
    plan.save()
    fleet(plan.folder, *range(1, 13))
    write(plan.folder, BASE.replace("Europe/London}", "Europe/London}\nrules: {}"))

    ended = plan()

    assert ended.code == 3
    assert (
        "12 devices onboarded -> not_eligible (os_not_supported): PC-01, PC-02, PC-03, PC-04,"
        " PC-05, PC-06, PC-07, PC-08, PC-09, PC-10 and 2 more"
    ) in told(ended)


def test_devices_that_came_and_went_are_named(plan):
    fleet(plan.folder, count=4)
    plan.save()
    (plan.folder / "fleet.csv").write_text("name,os\nPC-00,windows-11-24h2\nNEW,windows-11-24h2\n")

    text = told(plan())

    assert "3 devices not in this run: PC-01, PC-02, PC-03" in text
    assert "1 device not in the baseline: NEW" in text


BYSTANDERS = """\
name,os,managed_by,onboarded,organization,payload
PC-00,windows-11-24h2,configmgr,false,,
PC-01,windows-11-24h2,configmgr,true,contoso,a
PC-02,windows-11-24h2,configmgr,true,contoso,a
PC-03,windows-11-24h2,intune,false,,
"""


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (("PC-03,windows-11-24h2,intune,false,,\n", ""), "1 device not in this run: PC-03"),
        (("PC-03", "PC-04"), "1 device not in the baseline: PC-04"),
        ((",false,,\n", ",false,,\nPC-09,windows-11-24h2,intune,false,,\n"),
         "1 device not in the baseline: PC-09"),
        (("PC-01,windows-11-24h2,configmgr,true,contoso,a",
          "PC-01,windows-11-24h2,configmgr,false,,"),
         "1 device onboarded -> not_targeted (not_targeted): PC-01"),
    ],
)  # fmt: skip
def test_devices_that_nothing_happens_to_count_in_an_exact_baseline(edit, words, plan):
    pilot = "collections: [{name: All, members: managed}, {name: Pilot, members: [PC-00]}]"
    text = re.sub(r"(?ms)^collections:.*?(?=^\w)", f"{pilot}\n", BASE)
    write(plan.folder, text.replace("to: [All]", "to: [Pilot]"))
    (plan.folder / "fleet.csv").write_text(BYSTANDERS, "utf-8")
    plan.save()
    same = plan()
    (plan.folder / "fleet.csv").write_text(BYSTANDERS.replace(*edit, 1), "utf-8")

    ended = plan()

    assert (same.code, ended.code) == (0, 3)
    assert "The events are the same, but the table of devices is not:" in told(ended)
    assert words in told(ended)


def test_the_first_event_that_differs_is_reported_in_words(plan):
    plan.save()
    write(plan.folder, changed(("at: 1 d 09:00", "at: 1 d 10:00"), text=BASE))

    ended = plan()

    assert ended.code == 3
    text = told(ended)
    assert (
        "First difference: the baseline says after 1 d 1 h, the plan: Step done (everybody)"
        " and this run says after 1 d 2 h, the plan: Step done (everybody)"
    ) in text
    assert (
        "No device ended differently; 14 onboarded later by 1 h in the median, 0 earlier." in text
    )
    assert "The scenario has been edited since." in text


def test_the_first_event_of_a_device_that_differs_says_why(plan):
    plan.save()
    fleet(plan.folder, 0)
    write(plan.folder, BASE.replace("rules: {}", ""))

    text = told(plan())

    assert re.search(
        r"First difference: the baseline says after 1 d [^,]*, PC-\d\d: \w[^\[]* \[[A-Z]+-\d+\]"
        r" and this run says after 1 d [^,]*, PC-\d\d: ",
        text,
    ), text


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ("10 d", "27 h", "and this run says nothing more: its log ends here"),
        ("27 h", "10 d", "the baseline says nothing more: its log ends here"),
    ],
)
def test_a_log_that_ends_earlier_or_later_is_reported(then, now, words, plan):
    write(plan.folder, BASE.replace("10 d", then))
    plan.save()
    write(plan.folder, BASE.replace("10 d", now))

    ended = plan()

    assert ended.code == 3
    assert words in told(ended)


def test_another_seed_is_inconclusive(plan):
    plan.save()
    write(plan.folder, BASE.replace("seed: 7", "seed: 8"))

    ended = plan()

    assert ended.code == 4
    assert SEEDS in told(ended)


def replicated(count, text=DRAWN):
    return text.replace("seed: 7", f"seed: 7\nreplications: {count}")


def test_more_replications_than_the_baseline_are_inconclusive_and_fewer_pass(plan):
    write(plan.folder, replicated(2))
    plan.save()
    write(plan.folder, replicated(3))
    more = plan()
    write(plan.folder, replicated(1))
    fewer = plan()

    assert (more.code, fewer.code) == (4, 0)
    assert "seed 7, 2 of 3 replications" in told(more)
    assert "The other replications have no baseline: run fleetsim baseline update" in told(more)
    assert "seed 7, 1 of the baseline's 2 replications" in told(fewer)


def test_a_replication_that_alone_differs_is_named(plan):
    write(plan.folder, replicated(3))
    plan.save()
    path = plan.folder / "bl/s/baseline.json"
    document = json.loads(path.read_text("utf-8"))
    document["digests"][2] = "0" * 32
    path.write_text(json.dumps(document), "utf-8")

    ended = plan()

    assert ended.code == 3
    assert "1 replication differs, the first of them number 3" in told(ended)
    assert "run number 3 alone with fleetsim run --replication 3" in told(ended)


def edited(path, **changes):
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(document | changes), "utf-8")


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


DAMAGES = {
    "no JSON": lambda f: (f / "baseline.json").write_text("{"),
    "not UTF-8": lambda f: (f / "baseline.json").write_bytes(b"\xff\xfe{"),
    "conflict marks": lambda f: (f / "baseline.json").write_text("<<<<<<< HEAD\n{}\n"),
    "deep": lambda f: (f / "baseline.json").write_text("[" * 100_000),
    "a list": lambda f: (f / "baseline.json").write_text("[]"),
    "another program's": lambda f: (f / "baseline.json").write_text('{"a": 1}'),
    "another form": lambda f: edited(f / "baseline.json", fleetsim_baseline=1),
    "no seed": lambda f: edited(f / "baseline.json", seed=None),
    "a seed in quotes": lambda f: edited(f / "baseline.json", seed="7"),
    "parts of a seed": lambda f: edited(f / "baseline.json", seed=7.5),
    "no version": lambda f: edited(f / "baseline.json", version=None),
    "events": lambda f: edited(f / "baseline.json", events="many"),
    "measures": lambda f: edited(f / "baseline.json", measures={"x": 3}),
    "infinite": lambda f: edited(f / "baseline.json", seed=math.inf),
    "no number": lambda f: edited(
        f / "baseline.json", measures={"x": {"figure": math.nan, "each": []}}
    ),
    "statuses of another": lambda f: (f / "devices.csv").write_text(
        (f / "devices.csv").read_text().replace(",onboarded,", ",failed,", 1)
    ),
    "a pipe": lambda f: ((f / "devices.csv").unlink(), os.mkfifo(f / "devices.csv")),
    "no digests": lambda f: edited(f / "baseline.json", digests=[]),
    "more digests": lambda f: edited(f / "baseline.json", digests=["a", "b"]),
    "without JSON": lambda f: (f / "baseline.json").unlink(),
    "a folder for JSON": lambda f: [(f / "baseline.json").unlink(), (f / "baseline.json").mkdir()],
    "without devices": lambda f: (f / "devices.csv").unlink(),
    "devices of another": lambda f: (f / "devices.csv").write_text("name,status\nx,y\n"),
    "fewer devices": lambda f: (f / "devices.csv").write_text("name,status,cause,onboarded_at\n"),
    "binary devices": lambda f: (f / "devices.csv").write_bytes(b"\xff\xfe\x00"),
    "a huge cell": lambda f: (f / "devices.csv").write_text(
        "name,status,cause,onboarded_at\n" + "x" * 200_000 + ",,,\n"),
    "a strange time": lambda f: (f / "devices.csv").write_text(
        (f / "devices.csv").read_text().replace("95725", "soon")),
    "without events": lambda f: (f / "events.parquet").unlink(),
    "cut events": lambda f: cut(f / "events.parquet"),
    "empty events": lambda f: (f / "events.parquet").write_bytes(b""),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_baseline_ends_with_5_and_is_left_as_it_is(damage, plan):
    plan.save()
    DAMAGES[damage](plan.folder / "bl" / "s")
    before = contents(plan.folder)

    ended = plan()

    assert ended.code == 5
    assert "bl/s cannot be read: " in told(ended)
    assert "restore it, or move it away and run fleetsim baseline update" in told(ended)
    assert contents(plan.folder) == before


def other_events(place, folder):
    """Events of another run, as a merge leaves them that takes each file from another side."""
    shutil.copy(folder / "other/s/events.parquet", place / "events.parquet")


def other_digest(place, folder):
    """What is left of two sides after a merge by hand."""
    edited(place / "baseline.json", digests=["0" * 32])


def foreign_table(place, folder):
    pd.DataFrame({"a": [1]}).to_parquet(place / "events.parquet")


def garbage(place, folder):
    content = bytearray((place / "events.parquet").read_bytes())
    content[8:200] = bytes(192)
    (place / "events.parquet").write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (other_events, "events.parquet does not belong to baseline.json"),
        (other_digest, "events.parquet does not belong to baseline.json"),
        (foreign_table, "events.parquet does not belong to baseline.json"),
        (garbage, "events.parquet does not belong to baseline.json"),
    ],
)
@pytest.mark.parametrize("failing", [(), (1,)])
def test_events_that_are_not_those_of_the_baseline_are_never_compared(damage, why, failing, plan):
    write(plan.folder, BASE.replace("seed: 7", "seed: 9"))
    plan.command("baseline", "save", "s.yaml", "--out", "other")
    write(plan.folder, BASE)
    plan.save()
    damage(plan.folder / "bl/s", plan.folder)
    fleet(plan.folder, *failing)

    ended = plan()

    assert ended.code == 5
    assert f"bl/s cannot be read: {why}; " in told(ended)


@pytest.mark.parametrize("what", ["file", "foreign", "blocked"])
def test_where_something_else_stands_nothing_is_overwritten(what, plan):
    (plan.folder / "bl").mkdir()
    if what == "foreign":
        (plan.folder / "bl/s").mkdir()
        (plan.folder / "bl/s/thesis.txt").write_text("mine")
    elif what == "file":
        (plan.folder / "bl/s").write_text("mine")
    else:
        (plan.folder / "bl").rmdir()
        (plan.folder / "bl").symlink_to("fleet.csv/nowhere")
    before = contents(plan.folder)

    ended = plan()
    assert ended.code == 5
    saved = plan.save()
    updated = plan.save("update", "s.yaml")

    assert (saved.code, updated.code) == (2, 2)
    assert len(saved.problems) == (1 if what != "blocked" else 2)
    assert contents(plan.folder) == before


def test_the_place_of_baselines_may_not_be_a_file(plan):
    (plan.folder / "bl").write_text("mine")

    ended = plan()

    assert (ended.code, ended.problems) == (2, ["bl is a file; a folder of baselines"])


def test_a_baseline_of_another_version_says_so_whatever_comes_of_it(plan):
    plan.save()
    edited(plan.folder / "bl/s/baseline.json", version="0.0.9")
    same = plan()
    fleet(plan.folder, 1)
    differs = plan()

    assert (same.code, differs.code) == (0, 3)
    for ended in (same, differs):
        assert "The baseline is of fleetsim 0.0.9, this is " in told(ended)
    assert 'see "Results change" in the changelog.' in told(differs)


def test_a_baseline_of_another_form_says_by_which_version_it_was_written(plan):
    plan.save()
    edited(plan.folder / "bl/s/baseline.json", fleetsim_baseline=7, version="9.1")

    ended = plan()

    assert ended.code == 5
    reason = "it has format 7 and this version reads 2; it was written by fleetsim 9.1;"
    assert reason in told(ended)


def test_unused_baselines_are_listed_and_may_have_tolerances(plan):
    write(plan.folder, BASE, "old.yaml")
    plan.save("save", "s.yaml", "old.yaml")
    (plan.folder / "old.yaml").unlink()
    write(plan.folder, BASE, "new.yaml")
    judge(plan.folder, "scenarios:\n  old: {judge: exact}\n  new: {judge: exact}\n")

    ended = plan()

    assert ended.code == 0
    assert ended.problems == [
        "Checking 1 scenario ...",
        "Note: Baselines of scenarios that were not checked: old",
    ]


@pytest.mark.parametrize("what", ["check", "save", "update"])
def test_tolerances_of_a_scenario_that_does_not_exist_are_refused(what, plan):
    write(plan.folder, BASE, "old.yaml")
    plan.save("save", "old.yaml")
    judge(plan.folder, "scenarios:\n  old: {judge: exact}\n  pilt: {judge: exact}\n"
                       "  ss: {judge: exact}\n")  # fmt: skip
    before = contents(plan.folder)

    ended = plan() if what == "check" else plan.save(what, "s.yaml")

    problem = (
        "no scenario and no baseline has this name; the file name of a scenario without its suffix"
    )
    assert ended.code == 2
    assert ended.problems == [
        f"bl/tolerances.yaml:4: scenarios.pilt: {problem}",
        f'bl/tolerances.yaml:5: scenarios.ss: {problem}; did you mean "s"?',
    ]
    assert contents(plan.folder) == before


@pytest.mark.parametrize("second", ["deep/s.yaml", "s.yml", "S.yaml"])
@pytest.mark.parametrize("what", ["check", "save", "update"])
def test_two_scenarios_that_would_have_one_baseline_are_refused(what, second, plan):
    (plan.folder / "deep").mkdir()
    write(plan.folder, BASE, second)
    fleet(plan.folder / "deep")
    before = contents(plan.folder)

    ended = plan(second) if what == "check" else plan.save(what, "s.yaml", second)

    assert ended.code == 2
    assert ended.problems == [
        f"{second} and s.yaml would have the same baseline; "
        "other names, or a folder of baselines each"
    ]
    assert contents(plan.folder) == before


def test_names_that_windows_keeps_for_itself_get_folders_it_can_have(plan):
    names = ("con.yaml", "a..yaml", "b .yaml", "Com1.x.yaml", "tolerances.yaml.yaml")
    for name in names:
        write(plan.folder, BASE, name)

    assert plan.save("save", *names).code == 0
    assert entries(plan.folder / "bl") == {
        "con_", "a._", "b _", "Com1.x_", "tolerances.yaml_", "tolerances.yaml",
    }  # fmt: skip
    ended = plan(*names[1:], file=names[0])
    assert (ended.code, ended.problems) == (0, ["Checking 5 scenarios ..."])


def test_save_refuses_those_that_exist_and_names_all_of_them(plan):
    for name in ("a", "b", "c"):
        write(plan.folder, BASE, f"{name}.yaml")
    plan.save("save", "a.yaml", "c.yaml")
    before = contents(plan.folder)

    ended = plan.save("save", "a.yaml", "b.yaml", "c.yaml")

    assert ended.code == 2
    assert ended.problems == [
        f"bl/{name} exists already; fleetsim baseline update, once you know why it differs"
        for name in ("a", "c")
    ]
    assert contents(plan.folder) == before


def test_update_writes_only_what_changed(plan):
    write(plan.folder, BASE, "t.yaml")
    plan.save("save", "s.yaml", "t.yaml")
    times = {path: path.stat().st_mtime_ns for path in plan.folder.glob("bl/*/*")}
    write(plan.folder, BASE.replace("at: 1 d 09:00", "at: 2 d 09:00"))
    write(plan.folder, BASE, "u.yaml")

    ended = plan.save("update", "s.yaml", "t.yaml", "u.yaml")

    assert ended.code == 0
    assert ended.out.splitlines() == ["Updated bl/s", "Unchanged: bl/t", "Wrote bl/u"]
    assert all(
        (path.stat().st_mtime_ns == before) == (path.parent.name == "t")
        for path, before in times.items()
    )
    assert plan("t.yaml", "u.yaml").code == 0


def test_update_mends_a_damaged_baseline_and_leaves_the_settings(plan):
    plan.save()
    judge(plan.folder, "judge: exact # mine\n")
    cut(plan.folder / "bl/s/events.parquet")

    assert plan.save("update", "s.yaml").out == "Updated bl/s\n"
    assert plan().code == 0
    assert "# mine" in (plan.folder / "bl/tolerances.yaml").read_text("utf-8")


def test_the_settings_that_save_writes_are_those_that_hold_without_them(plan):
    saved = plan.save()
    assert saved.out.splitlines() == [
        "Wrote bl/s", "Wrote bl/tolerances.yaml, which says how baselines are compared",
    ]  # fmt: skip
    with_file = plan()
    (plan.folder / "bl/tolerances.yaml").unlink()

    assert (plan().out, plan().code) == (with_file.out, 0)


FORMER_NAME = (
    "Note: bl/judging.yaml is now called tolerances.yaml: please rename it; it is still read."
)


def test_tolerances_under_their_former_name_hold_and_are_remarked_on(plan):
    plan.save()
    (plan.folder / "bl/tolerances.yaml").unlink()
    settings = "format: 1\njudge: tolerances\nmeasures: [{of: onboarded at end, absolute: 9}]\n"
    (plan.folder / "bl/judging.yaml").write_text(settings, "utf-8")
    updated = plan.save("update", "s.yaml")
    fleet(plan.folder, 2)

    ended = plan()

    assert (updated.code, ended.code) == (0, 0)
    assert "baseline: tolerances: 1 of 1 measures" in told(ended)
    assert (FORMER_NAME in updated.problems, FORMER_NAME in ended.problems) == (True, True)
    assert entries(plan.folder / "bl") == {"s", "judging.yaml"}


@pytest.mark.parametrize("what", ["check", "update"])
def test_tolerances_under_both_names_end_with_2_before_anything_runs(what, plan, monkeypatch):
    plan.save()
    (plan.folder / "bl/judging.yaml").write_text("format: 1\n", "utf-8")
    monkeypatch.setattr("sim.runs.replication.simulate", None)

    ended = plan() if what == "check" else plan.save("update", "s.yaml")

    assert ended.code == 2
    (problem,) = ended.problems
    assert problem.startswith("bl/judging.yaml: tolerances.yaml exists too")


def test_a_fleet_that_cannot_be_used_is_reported_when_the_others_are_written(plan):
    write(plan.folder, BASE.replace("fleet.csv", "broken.csv"), "a.yaml")
    (plan.folder / "broken.csv").write_text("name,os\nX,windows-eleventy\n", "utf-8")

    ended = plan.save("save", "a.yaml", "s.yaml")

    assert ended.code == 2
    assert ended.out.splitlines()[0] == "Wrote bl/s"
    assert "broken.csv" in ended.problems[-1]
    assert entries(plan.folder / "bl") == {"s", "tolerances.yaml"}


@pytest.mark.parametrize("what", ["check", "update"])
def test_mistakes_in_settings_and_scenarios_are_reported_at_once(what, plan):
    judge(plan.folder, "judge: exacct\nmeasures: [{of: coverge_pct at end}]\n")
    write(plan.folder, BASE.replace("horizon: 10 d", "horizont: 10 d"))

    ended = plan() if what == "check" else plan.save("update", "s.yaml")

    assert ended.code == 2
    assert [line.partition(": ")[0] for line in ended.problems] == [
        "bl/tolerances.yaml:2", "bl/tolerances.yaml:3", "s.yaml:1", "s.yaml:4",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["check", "save"])
def test_a_mistyped_folder_of_baselines_is_asked_about(what, plan):
    plan.save()
    words = ("check", "s.yaml") if what == "check" else ("baseline", "save", "s.yaml")

    ended = plan.command(*words, "--baseline", "bl2", "--jobs", 1)

    told = 'Note: bl2 is a new folder of baselines; did you mean "bl"?'
    assert (ended.code, told in ended.problems) == (5 if what == "check" else 0, True)
    assert told not in plan.command(*words, "--baseline", "bl2", "--jobs", 1).problems


def test_mistakes_in_the_settings_end_with_2_before_anything_runs(plan, monkeypatch):
    plan.save()
    monkeypatch.setattr("sim.runs.replication.simulate", None)
    judge(plan.folder, "jugde: exact\n")
    ended = plan()
    assert (ended.code, ended.out) == (2, "")
    assert 'did you mean "judge"?' in ended.problems[0]

    judge(
        plan.folder,
        "measures:\n  - {of: cverage_pct at end}\n  - {of: failed at end, floor: 1 h}\n",
    )
    for ended in (plan(), plan.save("update", "s.yaml")):
        assert ended.code == 2
        assert [line[:23] for line in ended.problems if "tolerances" in line] == [
            "bl/tolerances.yaml:3: m", "bl/tolerances.yaml:4: m",
        ]  # fmt: skip


TOLERANT = "judge: tolerances\nmeasures:\n  - {{of: device.onboarded at end, {}}}\n"


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ("absolute: 1", 3),
        ("absolute: 2", 0),
        ("relative: 10 %", 3),
        ("relative: 15 %", 0),
        ("relative: 1 %, floor: 2", 0),
        ("relative: 1 %, floor: 1", 3),
        ("worse: higher", 0),
        ("worse: lower", 3),
        ("worse: either", 3),
    ],
)
def test_a_measure_may_drift_within_its_tolerance(amounts, code, plan):
    judge(plan.folder, TOLERANT.format(amounts))
    plan.save()
    fleet(plan.folder, 3, 8)

    ended = plan()

    assert ended.code == code
    assert "tolerances: 1 of 1 measures, seed 7, 1 replication" in told(ended)
    assert "device.onboarded at end: 14 devices -> 12 devices; allowed" in told(ended)
    assert ("PC-03, PC-08" in told(ended)) == (code == 3)


def test_a_time_that_is_not_reached_any_more_is_a_regression(plan):
    judge(
        plan.folder,
        "judge: tolerances\nmeasures:\n"
        "  - {of: time to (device.coverage_pct >= 90), absolute: 20 d, worse: higher}\n",
    )
    write(plan.folder, WITHOUT)
    plan.save()
    write(plan.folder, WITHOUT.replace("at: 1 d 09:00", "at: 10 d 07:50"))

    ended = plan()

    assert ended.code == 3
    assert "-> not within 10 d; allowed 20 d" in told(ended)


@pytest.mark.parametrize("way", ["tolerances", "paired"])
def test_an_empty_measure_never_passes_a_baseline(way, plan):
    judge(plan.folder, f"judge: {way}\nmeasures:\n"
          "  - {of: 'failed_pct{os=windows-7} at end', absolute: 100}\n"
          "  - {of: 'time to (failed_pct{os=windows-7} >= 0)', absolute: 100 d}\n"
          "  - {of: device.onboarded at end, absolute: 100}\n")  # fmt: skip
    plan.save()

    ended = plan()

    assert ended.code == 4
    assert told(ended).count("no data -> no data") == 2
    assert "no data in" in told(ended)


@pytest.mark.parametrize("way", ["tolerances", "paired"])
def test_a_measure_that_the_baseline_does_not_hold_is_inconclusive_until_it_is_updated(way, plan):
    plan.save()
    judge(plan.folder, TOLERANT.format("absolute: 1").replace("tolerances", way))

    ended = plan()
    assert ended.code == 4
    assert f"{way}: 0 of 1 measures" in told(ended)
    assert "not stored -> 14 devices" in told(ended)
    assert "the baseline does not contain it: run fleetsim baseline update replay:" in told(ended)
    write(plan.folder, changed(("1 d 09:00", "1 d 10:00"), text=BASE))
    assert (
        "the baseline does not contain it: undo the edits of the plan, then run fleetsim baseline"
        " update" in told(plan())
    )
    write(plan.folder, BASE)
    assert plan.save("update", "s.yaml").code == 0
    assert plan().code == 0


def test_a_time_without_a_lower_end_is_stored_as_unknown(plan):
    """Ten days less a time that was never reached have no end."""
    judge(plan.folder, "judge: tolerances\nmeasures:\n"
          "  - {of: 10 d - time to (device.coverage_pct >= 100), absolute: 1 d}\n")  # fmt: skip
    fleet(plan.folder, 1)
    write(plan.folder, WITHOUT.replace("at: 1 d 09:00", "at: 10 d 07:50"))

    assert plan.save().code == 0
    assert plan().code == 4


PAIRED = "judge: paired\nmeasures:\n  - {of: device.onboarded at end}\n"


def test_a_difference_that_is_certain_over_replications_is_a_regression(plan):
    judge(plan.folder, PAIRED)
    late = ("at: 1 d 09:00", "at: 10 d 06:30")
    write(plan.folder, replicated(4))
    plan.save()
    same = plan()
    write(plan.folder, replicated(4, changed(late, text=DRAWN)))
    worse = plan()

    assert same.code == 0
    assert "paired: 1 of 1 measures, seed 7, 4 replications" in told(same)
    assert "difference 0 devices to 0 devices over 4 replications" in told(same)
    assert worse.code == 3, worse.out
    assert "regression: device.onboarded at end: " in told(worse)
    assert "In replication 1, whose devices are stored:" in told(worse)
    assert "In replication 1" not in told(same)


@pytest.fixture
def drifted(plan, monkeypatch):
    """Return a function that checks as if each replication had given so much more."""

    def check(differences, **rules):
        extra = "".join(f", {key}: {value}" for key, value in rules.items())
        judge(
            plan.folder, f"judge: paired\nmeasures:\n  - {{of: device.onboarded at end{extra}}}\n"
        )
        write(plan.folder, replicated(len(differences)))
        plan.save("update", "s.yaml")
        path = plan.folder / "bl/s/baseline.json"
        document = json.loads(path.read_text("utf-8"))
        measure = document["measures"]["device.onboarded at end"]
        measure["each"] = [a - b for a, b in zip(measure["each"], differences, strict=True)]
        path.write_text(json.dumps(document), "utf-8")
        return plan()

    return check


def test_the_interval_of_the_paired_differences_decides_and_is_shown(drifted):
    surely = drifted([4, 5, 6])
    perhaps = drifted([-1, 0, 4], absolute=1)
    no = drifted([-1, 0, 1], absolute=3)
    better = drifted([4, 5, 6], worse="lower")

    assert [one.code for one in (surely, perhaps, no, better)] == [3, 4, 0, 0]
    assert "difference +2.5159 devices to +7.4841 devices over 3 replications" in told(surely)
    assert "3 replications are too few to tell" in told(perhaps)
    assert "difference -2.4841 devices to +2.4841 devices over 3 replications" in told(no)


def test_replications_without_a_partner_make_paired_verdicts_inconclusive(plan):
    judge(plan.folder, PAIRED)
    write(plan.folder, replicated(2))
    plan.save()
    write(plan.folder, replicated(3))
    more = plan()
    write(plan.folder, replicated(2).replace("seed: 7", "seed: 8"))
    other = plan()

    assert (more.code, other.code) == (4, 4)
    assert "The other replications have no baseline" in told(more)
    assert "the seeds differ, so nothing is paired" in told(other)
    assert SEEDS in told(other)


def test_cells_that_a_spreadsheet_would_run_are_neutralized_and_read_back(plan):
    names = ['=cmd|"/c calc"!A1', "+1", "-2", "@x", "'quoted", "a,b", "plain"]
    rows = "".join('"' + name.replace('"', '""') + '",windows-11-24h2\n' for name in names)
    (plan.folder / "fleet.csv").write_text("name,os\n" + rows, "utf-8")
    plan.save()

    text = (plan.folder / "bl/s/devices.csv").read_text("utf-8")
    cells = [line.lstrip('"')[0] for line in text.splitlines()[1:]]
    assert not set(cells) & set("=+-@")
    assert plan().code == 0
    write(plan.folder, BASE.replace("at: 1 d 09:00", "at: 1 d 10:00"))
    assert "No device ended differently" in told(plan())


def test_line_ends_of_windows_change_nothing(plan):
    plan.save()
    for name in ("devices.csv", "baseline.json"):
        path = plan.folder / "bl/s" / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert plan().code == 0
    write(plan.folder, BASE.replace("at: 1 d 09:00", "at: 1 d 10:00"))
    assert "No device ended differently" in told(plan())


def test_json_holds_all_that_is_reported_of_a_baseline(plan):
    plan.save()
    fleet(plan.folder, 2)
    document = json.loads(plan("--format", "json").out)

    (scenario,) = document["scenarios"]
    assert (document["outcome"], document["exit_code"]) == ("regression", 3)
    assert scenario["baseline"]["outcome"] == "regression"
    assert scenario["baseline"]["covers"].startswith("exact: 113 events of 14 devices")
    assert any("PC-02" in line for line in scenario["baseline"]["told"])


def test_a_scenario_without_expectations_is_held_against_its_baseline(plan):
    write(plan.folder, WITHOUT)

    assert [plan().code, plan().code] == [5, 0]


def test_an_unchanged_log_is_not_even_read(plan, monkeypatch):
    """However long it is: the digest says that it is the same."""
    plan.save()
    monkeypatch.setattr(baseline_compared, "first_difference", None)

    assert plan().code == 0


@pytest.mark.parametrize("now", [1, 3])
def test_tolerances_compare_the_replications_that_both_have(plan, now):
    """The middle one of other replications is another figure, whatever was edited."""
    settings = (
        "format: 1\njudge: tolerances\nmeasures: [{of: device.onboarded at end, absolute: 0}]\n"
    )
    plan.folder.joinpath("bl").mkdir(exist_ok=True)
    plan.folder.joinpath("bl", "tolerances.yaml").write_text(settings, "utf-8")
    write(plan.folder, replicated(2))
    plan.save()
    write(plan.folder, replicated(now))

    ended = plan()

    assert ended.code == (0 if now < 2 else 4)
    of = "1 of the baseline's 2" if now < 2 else "2 of 3"
    assert f"1 of 1 measures, seed 7, {of} replications" in told(ended)


def test_tolerances_say_nothing_of_another_seed(plan):
    settings = "format: 1\njudge: tolerances\n"
    plan.folder.joinpath("bl").mkdir(exist_ok=True)
    plan.folder.joinpath("bl", "tolerances.yaml").write_text(settings, "utf-8")
    plan.save()
    write(plan.folder, BASE.replace("seed: 7", "seed: 8"))

    ended = plan()

    assert ended.code == 4
    assert SEEDS in told(ended)


def test_what_people_keep_beside_a_baseline_stays(plan):
    plan.save()
    (plan.folder / "bl/s/NOTES.md").write_text("why")
    (plan.folder / "bl/s/more").mkdir()
    (plan.folder / "bl/s/more/a.txt").write_text("how")
    unchanged = plan.save("update", "s.yaml")
    write(plan.folder, changed(("1 d 09:00", "1 d 10:00"), text=BASE))
    updated = plan.save("update", "s.yaml")

    assert ("Unchanged: bl/s" in unchanged.out, "Updated bl/s" in updated.out) == (True, True)
    assert (plan.folder / "bl/s/NOTES.md").read_text() == "why"
    assert (plan.folder / "bl/s/more/a.txt").read_text() == "how"


@pytest.mark.parametrize("way", ["tolerances", "paired"])
def test_times_that_some_replications_do_not_reach_are_counted(way, plan):
    measure = "{of: time to (device.coverage_pct >= 40), absolute: 12 h}"
    judge(plan.folder, f"judge: {way}\nmeasures: [{measure}]\n")
    write(
        plan.folder,
        replicated(4, changed(("horizon: 10 d", "horizon: 5 d"), (">= 10", ">= 0"), text=DRAWN)),
    )
    plan.save()
    late = ("at: 1 d 09:00", "at: 5 d 07:50")
    few = changed(("horizon: 10 d", "horizon: 5 d"), (">= 10", ">= 0"), late, text=DRAWN)
    write(plan.folder, replicated(4, few))
    ended = plan()

    assert ended.code == 3, ended.out
    assert "time to (device.coverage_pct >= 40): reached in 4 of 4 -> reached in 0 of 4" in told(
        ended
    )
