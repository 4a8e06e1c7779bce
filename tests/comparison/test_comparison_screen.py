"""Two real runs compared: by hand, mirrored, as text, as JSON that fits its schema."""

import json
import math
import os
import shutil
from dataclasses import replace

import pyarrow as pa
import pytest
from jsonschema import Draft202012Validator
from pyarrow import parquet

from sim.comparison.comparison import TimeToGoal
from sim.comparison.estimates import Estimate
from sim.comparison.folders import paired_replications
from sim.comparison.json import comparison_document, comparison_schema
from sim.comparison.text import LINES, WIDTH, comparison_lines
from sim.comparison.words import answer_sentence, comparison_notes
from sim.errors import UnusableInput
from sim.units import DAY
from tests.comparison.compared import DEVICES, LATER_GATE, NO_KEY, compared, replicated, run_folder

OFFICE = DEVICES.replace("always_on", "office")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return run folders: as it is, with a later gate, without the key, over replications."""
    place = tmp_path_factory.mktemp("runs")
    return {
        "as it is": run_folder(place / "a"),
        "later": run_folder(place / "later", LATER_GATE),
        "no key": run_folder(place / "key", NO_KEY),
        "longer": run_folder(
            place / "longer", ("horizon: 8 d", "horizon: 9 d\nreporting: {interval: 2 h}")
        ),
        "another seed": run_folder(place / "seed", ("seed: 7", "seed: 8")),
        "second": run_folder(place / "second", replication=2),
        "several": replicated(place / "several", 3),
        "several later": replicated(place / "several-later", 4, LATER_GATE),
    }


@pytest.fixture(scope="module")
def documents(runs):
    """Return the JSON document of a comparison of two of the runs, by their names."""
    made = {}

    def document(a, b):
        if (a, b) not in made:
            made[a, b] = comparison_document(compared(runs[a], runs[b]))
        return made[a, b]

    return document


def text(runs, a, b):
    return "\n".join(comparison_lines(compared(runs[a], runs[b])))


def test_a_gate_a_day_later_makes_everybody_behind_it_a_day_later(documents):
    devices = documents("as it is", "later")["devices"]

    assert devices["in_both"] == 5
    assert devices["later"]["count"] == 4
    assert {one["difference"] for one in devices["later"]["devices"]} == {DAY}
    assert [devices["later"][name] for name in ("p10", "median", "p90", "largest")] == [DAY] * 4
    assert [one["name"] for one in devices["later"]["devices"]] == [
        "old-1",
        "old-2",
        "pc-2",
        "pc-3",
    ]
    assert (devices["same_time"], devices["earlier"]["count"]) == (1, 0)
    assert devices["status_changes"] == {"count": 0, "groups": []}


def test_a_missing_workspace_key_fails_the_devices_that_need_it(documents):
    found = documents("as it is", "no key")
    (group,) = found["devices"]["status_changes"]["groups"]

    assert group == {
        "from": "onboarded", "to": "failed", "cause_a": "", "cause_b": "workspace_missing",
        "count": 2, "names": ["old-1", "old-2"],
    }  # fmt: skip
    assert found["devices"]["no_longer_onboarded"] == {"count": 2, "names": ["old-1", "old-2"]}
    assert found["answer"]["better"] == "a"
    assert found["answer"]["failed"]["difference"] == 2
    assert found["answer"]["coverage"]["percent"] == {
        "a": 100, "b": 60, "difference": -40, "low": None, "high": None, "replications": 1,
    }  # fmt: skip
    assert [edit["text"] for edit in found["edits"]] == [
        "policies[Onboard].workspace.key: present -> absent"
    ]


def measure(document, name, view="device", label=""):
    (found,) = [
        one
        for one in document["measures"]
        if (one["measure"], one["view"], one["label"]) == (name, view, label)
    ]
    return found


def test_measures_are_reported_at_round_times_at_the_end_and_where_they_differ_most(documents):
    coverage = measure(documents("as it is", "later"), "coverage_pct")

    assert [point["time"] for point in coverage["points"]] == [day * DAY for day in range(9)]
    assert [point["difference"] for point in coverage["points"]] == [0, 0, 0, -80, *[0] * 5]
    assert coverage["largest"]["difference"] == -80
    assert coverage["largest"]["a"] == 100
    cause = measure(documents("as it is", "no key"), "failed", label="cause=workspace_missing")
    assert (cause["points"][-1]["a"], cause["points"][-1]["b"]) == (0, 2)


def test_before_anybody_is_targeted_a_share_of_the_targeted_has_no_data(documents):
    shares = measure(documents("as it is", "later"), "onboarded_pct")

    assert shares["points"][0] == {
        "time": 0, "a": None, "b": None, "difference": None, "low": None, "high": None,
        "replications": 0,
    }  # fmt: skip


SWAPPED = {
    "a": "b", "b": "a", "only_in_a": "only_in_b", "only_in_b": "only_in_a", "earlier": "later",
    "later": "earlier", "newly_onboarded": "no_longer_onboarded", "reached_a": "reached_b",
    "no_longer_onboarded": "newly_onboarded", "from": "to", "to": "from", "cause_a": "cause_b",
    "cause_b": "cause_a", "before": "after", "after": "before", "reached_b": "reached_a",
    "low": "high", "high": "low",
}  # fmt: skip
NEGATED = {"difference", "low", "high"}


def mirrored(value, key=""):
    """Return a document as the comparison the other way round should tell it."""
    if isinstance(value, dict):
        return {SWAPPED.get(name, name): mirrored(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [mirrored(one) for one in value]
    if key in NEGATED and value is not None:
        return -value
    return {"a": "b", "b": "a"}.get(value, value) if key == "better" else value


WORDED = {"text", "kind", "notes", "given"}


def without_words(value):
    if isinstance(value, dict):
        return {k: without_words(v) for k, v in value.items() if k not in WORDED}
    return [without_words(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("as it is", "later"),
        ("as it is", "no key"),
        ("later", "no key"),
        ("as it is", "longer"),
        ("as it is", "another seed"),
        ("several", "several later"),
    ],
)
def test_the_other_way_round_every_number_is_mirrored(a, b, documents):
    expected = without_words(mirrored(documents(a, b)))
    expected["answer"]["pairs"] = [pair[::-1] for pair in expected["answer"]["pairs"]]
    expected["devices"]["replications"].reverse()

    assert without_words(documents(b, a)) == expected


@pytest.mark.parametrize("name", ["as it is", "no key", "several"])
def test_a_run_compared_with_itself_differs_in_nothing_and_says_so(name, runs, documents):
    found = documents(name, name)
    points = [point for one in found["measures"] for point in (*one["points"], one["largest"])]

    assert (found["answer"]["better"], found["answer"]["differs"]) == ("same", False)
    assert found["answer"]["text"].startswith("Nothing differs")
    assert {point["difference"] for point in points if point} <= {0, None}
    assert found["edits"] == []
    assert "What was edited: nothing that affects a run." in text(runs, name, name)
    assert "Status changed" not in text(runs, name, name)


@pytest.mark.parametrize(
    ("a", "b"), [("as it is", "later"), ("longer", "no key"), ("several", "several later")]
)
def test_the_document_fits_the_schema_that_is_shipped(a, b, documents):
    Draft202012Validator.check_schema(comparison_schema())
    document = json.loads(json.dumps(documents(a, b), allow_nan=False))

    assert list(Draft202012Validator(comparison_schema()).iter_errors(document)) == []


def test_the_schema_knows_every_key(documents):
    known = json.dumps(comparison_schema())

    def keys(value):
        if isinstance(value, dict):
            for name, one in value.items():
                yield name
                if name not in ("before", "after"):
                    yield from keys(one)
        elif isinstance(value, list):
            for one in value:
                yield from keys(one)

    assert [
        name for name in set(keys(documents("later", "no key"))) if f'"{name}"' not in known
    ] == []


def test_replications_of_one_number_are_paired_and_give_an_interval(documents):
    found = documents("several", "several later")
    (coverage,) = [one for one in found["answer"]["coverage"]["time_to"] if one["level"] == 95]

    assert found["answer"]["pairs"] == [[1, 1], [2, 2], [3, 3]]
    assert coverage["replications"] == 3
    assert coverage["difference"] == DAY
    assert coverage["low"] == coverage["high"] == DAY
    assert found["a"]["replications"] == [1, 2, 3]
    assert found["b"]["replications"] == [1, 2, 3, 4]
    assert "A has 3 and B 4 replications; 3 of each are compared." in found["notes"]


def test_a_run_of_one_replication_is_set_beside_that_of_its_number(documents):
    assert documents("several", "second")["answer"]["pairs"] == [[2, 2]]
    assert documents("as it is", "second")["answer"]["pairs"] == [[1, 2]]
    assert paired_replications((1, 2), (3, 4, 5)) == ((1, 3), (2, 4))


OF_THE_FIRST = "Devices are those of replication 1; everything else is the mean of 3."
NOT_PAIRED = "The runs are not paired by common random numbers:"


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        ("as it is", "later", "One replication of each is compared, so no interval"),
        ("as it is", "another seed", f"{NOT_PAIRED} A has seed 7, B seed 8."),
        ("as it is", "second", f"{NOT_PAIRED} no replication has the same number in both."),
        ("as it is", "longer", "A ends after 8 d, B after 9 d: measures are compared up to 8 d"),
        ("as it is", "longer", "The reporting intervals differ: measures are compared at 97"),
        ("several", "several later", OF_THE_FIRST),
    ],
)  # fmt: skip
def test_a_reader_sees_what_limits_the_comparison(a, b, note, runs):
    assert [
        one for one in comparison_notes(compared(runs[a], runs[b])) if one.startswith(note)
    ] != []


def test_only_runs_of_one_seed_and_replication_count_as_paired(documents):
    assert documents("as it is", "later")["answer"]["paired"]
    assert not documents("as it is", "another seed")["answer"]["paired"]
    assert not documents("as it is", "second")["answer"]["paired"]


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (
            "as it is", "later",
            "A is better: 95 % reached 1 day earlier (after 2.5 days, in B after 3.5 days),"
            " 100 % coverage at the end in both, no device fails in either.",
        ),
        (
            "no key", "later",
            "B is better: 100 % against 60.0 % coverage at the end, 95 % reached after 3.5 days"
            " (in A never), 2 fewer devices fail in B (0 against 2).",
        ),
    ],
)  # fmt: skip
def test_the_first_sentence_says_which_is_better_and_by_how_much(a, b, answer, runs):
    assert answer_sentence(compared(runs[a], runs[b])) == answer


def test_the_text_is_one_screen(runs):
    for a, b in (("as it is", "later"), ("longer", "no key"), ("several", "several later")):
        lines = comparison_lines(compared(runs[a], runs[b]))

        assert len(lines) <= LINES
        assert max(map(len, lines)) <= WIDTH


def test_the_text_names_devices_edits_and_changes(runs):
    shown = text(runs, "later", "no key")

    assert "  policies[Onboard].workspace.key: present -> absent\n" in shown
    assert "      2  earlier in B, all by 1 d\n" in shown
    assert "      2  onboarded -> failed (workspace_missing): old-1, old-2\n" in shown
    assert "      2  no longer onboarded in B: old-1, old-2\n" in shown


def test_other_devices_are_counted_and_named(runs, tmp_path):
    fewer = run_folder(tmp_path / "fewer", devices=DEVICES.replace("pc-2,", "PC-9,"))
    found = compared(runs["as it is"], fewer)
    document = comparison_document(found)["devices"]

    assert (document["in_both"], document["only_in_a"]) == (4, {"count": 1, "names": ["pc-2"]})
    assert document["only_in_b"] == {"count": 1, "names": ["PC-9"]}
    assert "Devices: 4 in both, 1 only in A, 1 only in B\n  only in A: pc-2" in "\n".join(
        comparison_lines(found)
    )
    assert any(note.startswith("The fleets are not the same") for note in comparison_notes(found))


def test_a_name_cannot_steer_a_terminal(runs, tmp_path):
    nasty = run_folder(tmp_path / "nasty", ("name: everybody", 'name: "every\u202ebody"'))
    told = "\n".join(comparison_lines(compared(nasty, runs["as it is"])))

    assert "plan[everybody]" in told
    assert "\u202e" not in told


def damage(folder, name, content):
    path = folder / name
    path.unlink() if content is None else path.write_bytes(content)


@pytest.mark.parametrize(
    "name",
    ["scenario.yaml", "summary.json", "devices.parquet", "measures.parquet", "provenance.json"],
)
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1, 2]", b"\xff\xfe"])
def test_a_damaged_file_is_a_problem_of_its_own(name, content, runs, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(runs["as it is"], folder)
    damage(folder, name, content)

    with pytest.raises(UnusableInput) as refused:
        compared(folder, runs["later"])
    assert [problem.what for problem in refused.value.problems] == [
        f"{folder / name} is missing or damaged"
    ]


def test_all_damaged_files_of_both_folders_are_reported_at_once(runs, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(runs["several"], tmp_path / name)
    damage(tmp_path / "one", "replications/002/measures.parquet", b"x")
    damage(tmp_path / "one", "devices.parquet", None)
    damage(tmp_path / "two", "replications/003/summary.json", b"{")

    with pytest.raises(UnusableInput) as refused:
        compared(tmp_path / "one", tmp_path / "two")
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("time", ["NaN", "Infinity", "1e400"])
def test_a_time_that_is_no_number_is_a_damage(time, runs, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(runs["as it is"], folder)
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    told["time_to"]["90"] = "HERE"
    text = json.dumps(told).replace('"HERE"', time)
    (folder / "summary.json").write_text(text, "utf-8")

    with pytest.raises(UnusableInput, match=r"summary.json is missing or damaged"):
        compared(folder, runs["later"])


def _with(column, values):
    """Return what puts other values into a column of a table."""
    return lambda table: table.set_column(
        table.column_names.index(column), column, pa.array(values(table[column].to_pylist()))
    )


TABLES = {
    "infinite": ("measures.parquet", _with("value", lambda old: [math.inf] * len(old))),
    "one infinite": ("measures.parquet", _with("value", lambda old: [-math.inf, *old[1:]])),
    "no times": ("measures.parquet", _with("time", lambda old: [None, *old[1:]])),
    "parts of seconds": ("measures.parquet", _with("time", lambda old: [math.nan, *old[1:]])),
    "no devices": ("devices.parquet", lambda table: table.slice(0, 0)),
    "no name": ("devices.parquet", _with("name", lambda old: [None, *old[1:]])),
    "empty names": ("devices.parquet", _with("name", lambda old: [""] * len(old))),
    "no status": ("devices.parquet", _with("status", lambda old: [None, *old[1:]])),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("damage", TABLES)
def test_a_table_that_holds_what_it_cannot_is_damaged(damage, runs, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(runs["as it is"], folder)
    name, change = TABLES[damage]
    parquet.write_table(change(parquet.read_table(folder / name)), folder / name)

    with pytest.raises(UnusableInput, match=rf"{name} is missing or damaged"):
        compared(folder, runs["later"])


@pytest.mark.parametrize("name", ["devices.parquet", "measures.parquet", "summary.json"])
def test_a_pipe_in_a_run_folder_is_not_waited_for(name, runs, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(runs["as it is"], folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)

    with pytest.raises(UnusableInput, match=rf"{name} is missing or damaged"):
        compared(folder, runs["later"])


def test_nothing_differs_though_the_fleets_do(tmp_path):
    a = run_folder(tmp_path / "a")
    b = run_folder(tmp_path / "b", devices=DEVICES.replace("windows-11-24h2", "windows-11-25h2"))

    assert answer_sentence(compared(a, b)) == (
        "Nothing differs: every device and every measure is the same in A and B, though the fleets"
        " are not the same."
    )


def test_runs_without_a_common_time_are_refused(runs, tmp_path):
    import pyarrow.parquet

    folder = tmp_path / "moved"
    shutil.copytree(runs["as it is"], folder)
    table = pyarrow.parquet.read_table(folder / "measures.parquet")
    later = pyarrow.compute.add(table["time"], 1)
    pyarrow.parquet.write_table(table.set_column(0, "time", later), folder / "measures.parquet")

    with pytest.raises(UnusableInput, match="no common time"):
        compared(folder, runs["as it is"])


HEADLINE = (
    (
        "  import: {file: devices.csv}",
        "  generate: {devices: 20, mix: {windows-11-24h2: 100 %},"
        " already_onboarded: {share: 100 %, payload: a, organization: contoso}}",
    ),
    ("  - {name: Pilot, members: [pc-1]}", "  - {name: Pilot, limit_to: All, sample: 30 %}"),
    (
        "policies:",
        "  - {name: script-b, payload: b, organization: contoso, method: group_policy}\npolicies:",
    ),
    ("deploy: Onboard, to: [Pilot]", "run_script: script-b, on: [All]"),
    ("for 24 h", "for 60 d"),
)


def test_what_both_runs_are_about_is_compared_where_that_is_not_coverage(tmp_path):
    later = (
        HEADLINE[0],
        HEADLINE[1],
        HEADLINE[2],
        ("at: 1 d 09:00", "at: 7 d 23:00"),
        *HEADLINE[3:],
    )
    a, b = run_folder(tmp_path / "a", *HEADLINE), run_folder(tmp_path / "b", *later)
    found = compared(a, b)
    document = comparison_document(found)

    assert document["a"]["about"] == document["b"]["about"] == "payload"
    assert document["answer"]["headline"]["payload"] == "b"
    assert document["answer"]["headline"]["percent"]["b"] == 0
    assert document["answer"]["headline"]["percent"]["a"] > 40
    assert document["answer"]["coverage"]["percent"]["difference"] == 0
    assert document["answer"]["better"] == "a"
    assert "with payload b at the end" in answer_sentence(found)
    assert "Both are about the payload b, and are compared by it." in comparison_notes(found)
    assert "With payload b" in "\n".join(comparison_lines(found))


def test_runs_that_are_about_different_things_are_judged_by_coverage(runs, tmp_path):
    found = compared(run_folder(tmp_path / "a", *HEADLINE), runs["as it is"])

    assert found.goal.about == "coverage"
    assert (
        "A is about a payload, B about coverage: they are compared by coverage."
        in comparison_notes(found)
    )


def test_fewer_failures_are_no_merit_of_a_plan_that_reaches_fewer_devices(runs, tmp_path):
    """Who is not deployed to cannot fail."""
    shut = run_folder(tmp_path / "shut", (">= 100 for 24 h", "> 100 for 24 h"), NO_KEY)
    found = compared(runs["no key"], shut)

    assert found.failed.difference == -2
    assert (found.better, compared(shut, runs["no key"]).better) == ("a", "b")


def test_failures_decide_where_nothing_else_differs(runs, tmp_path):
    """The old computers fail in one run and are off in the other: neither onboards them."""
    off = DEVICES.replace("windows-8.1,always_on", "windows-8.1,off")
    waiting = run_folder(tmp_path / "off", NO_KEY, devices=off)
    found = compared(runs["no key"], waiting)

    assert (found.goal.percent.difference, found.failed.difference) == (0, -2)
    assert (found.better, compared(waiting, runs["no key"]).better) == ("b", "a")


def test_where_each_run_is_better_in_something_neither_is_better_throughout(tmp_path):
    computers = "".join(f"pc-{n},windows-11-24h2,always_on\n" for n in range(1, 20))
    devices = f"name,os,presence\n{computers}old-1,windows-8.1,always_on\n"
    whole = run_folder(tmp_path / "whole", LATER_GATE, devices=devices)
    early = run_folder(tmp_path / "early", NO_KEY, devices=devices)
    found = compared(whole, early)

    assert found.better == compared(early, whole).better == "neither"
    assert answer_sentence(found).startswith(
        "Neither is better throughout; B against A: 95.0 % against 100 % coverage at the end,"
        " 95 % reached "
    )
    assert answer_sentence(found).endswith(
        " earlier (after 2.5 days, in A after 3.5 days), 1 more device fails in B (1 against 0)."
    )


@pytest.mark.parametrize(
    ("changes", "early", "told"),
    [
        ((), "2 d", "20.0 % coverage after 2 days in both, neither reaches 90 % within 2 days"),
        (HEADLINE, "34 h", "neither reaches 90 % within 1.4 days"),
    ],
)
def test_the_same_rollout_watched_for_longer_is_no_better(changes, early, told, tmp_path):
    a = run_folder(tmp_path / "a", *changes, ("horizon: 8 d", f"horizon: {early}"))
    b = run_folder(tmp_path / "b", *changes)
    found, mirrored = compared(a, b), compared(b, a)
    levels = {one.level: (one.reached_a, one.reached_b) for one in found.goal.time_to}

    assert json.loads((b / "summary.json").read_text())["coverage_pct"] == 100
    assert found.better == mirrored.better == "neither"
    assert found.goal.about == ("payload" if changes else "coverage")
    assert levels[90] == levels[95] == (0, 0)
    for one in (found, mirrored):
        assert f"Neither is better; B against A: {told}" in answer_sentence(one)
        shown = comparison_lines(one)
        assert told.partition("within")[2] in f" {shown[6].lower()} "
        assert not any("payload" in line for line in shown[6:16])


@pytest.mark.parametrize(("after", "reached"), [(0, 0), (1, 1)])
def test_a_level_reached_in_the_second_of_the_end_is_not_reached_within(after, reached, tmp_path):
    """The horizon itself is no part of a run."""
    long = run_folder(tmp_path / "long")
    at = json.loads((long / "summary.json").read_text("utf-8"))["time_to"]["90"]
    short = run_folder(tmp_path / "short", ("horizon: 8 d", f"horizon: {at + after} s"))
    found = compared(short, long)
    levels = {one.level: (one.reached_a, one.reached_b) for one in found.goal.time_to}

    assert found.better == "neither"
    assert levels[90] == (reached, reached)


def test_what_both_reached_while_both_ran_decides(tmp_path):
    earlier = run_folder(tmp_path / "a", ("horizon: 8 d", "horizon: 6 d"))
    later = run_folder(tmp_path / "b", LATER_GATE, ("horizon: 8 d", "horizon: 20 d"))
    never = run_folder(tmp_path / "c", ("for 24 h", "for 8 d"), ("horizon: 8 d", "horizon: 20 d"))

    assert answer_sentence(compared(earlier, later)).startswith(
        "A is better: 95 % reached 1 day earlier (after 2.5 days, in B after 3.5 days),"
        " 100 % coverage after 6 days in both, "
    )
    assert answer_sentence(compared(earlier, never)).startswith(
        "A is better: 100 % against 20.0 % coverage after 6 days, 95 % reached after 2.5 days"
        " (in B not within 6 days)"
    )


def reached(level, a, b):
    """Return when one replication of each run reached a level."""
    return TimeToGoal(level, Estimate(a, b, b - a, None, None, 1), a, b, 1, 1, 1)


@pytest.mark.parametrize(
    ("ninety", "ninety_five", "answer"),
    [
        ((2, 4), (6, 6), "A is better: 90 % reached 2 days earlier (after 2 days, in B after 4"
         " days), 100 % coverage at the end in both, 95 % reached at the same time, no device"),
        ((2, 4), (6, 5), "Neither is better throughout; B against A: 95 % reached 1 day earlier"
         " (after 5 days, in A after 6 days), 90 % reached 2 days later (after 4 days, in A"),
        ((2, 4), (5, 6), "A is better: 95 % reached 1 day earlier (after 5 days, in B after 6"
         " days), 100 % coverage at the end in both, no device fails"),
        ((2, 4), (6, 6 + 30 / DAY), "A is better: 95 % reached 30 s earlier (after 6 days, in B"),
    ],
)  # fmt: skip
def test_the_first_sentence_names_each_time_that_decides(ninety, ninety_five, answer, runs):
    found = compared(runs["as it is"], runs["later"])
    times = tuple(
        reached(level, *(number * DAY for number in days))
        for level, days in ((90, ninety), (95, ninety_five))
    )
    judged = replace(found, coverage=replace(found.coverage, time_to=times))

    assert answer_sentence(judged).startswith(answer)


def test_the_first_sentence_says_by_how_much_where_both_shares_look_the_same(runs):
    found = compared(runs["as it is"], runs["later"])
    percent = Estimate(94.98, 95.02, 0.04, None, None, 1)
    judged = replace(found, coverage=replace(found.coverage, percent=percent, time_to=()))

    assert answer_sentence(judged).startswith(
        "B is better: 95.0 % coverage at the end in both when rounded (B has 0.04 points more)"
    )
    unsure = replace(percent, low=-1.0, high=1.08, pairs=3)
    judged = replace(found, coverage=replace(found.coverage, percent=unsure, time_to=()))
    said = "95.0 % coverage at the end in both when rounded"
    assert f"{said} (B has 0.04 points more, which could be chance)" in answer_sentence(judged)


def test_no_figure_of_the_table_is_cut_where_some_replications_did_not_reach_it(runs):
    found = compared(runs["several"], runs["several later"])
    times = Estimate(20.5 * DAY, 25 * DAY, 4.5 * DAY, 100_000.0, 900_000.0, 14)
    late = TimeToGoal(95, times, 20.5 * DAY, 25 * DAY, 17, 14, 20)
    shown = comparison_lines(replace(found, coverage=replace(found.coverage, time_to=(late,))))
    words = " ".join(" ".join(shown).split())

    assert not any("…" in line for line in shown)
    assert all(len(line) <= WIDTH for line in shown)
    assert "A B B - A (95% interval)" in words
    assert "20.5 d (17 of 20) 25 d (14 of 20) +4.5 d (14 of 20) (+1.2 d to +10.4 d)" in words
