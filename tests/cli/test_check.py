"""`fleetsim check`: which scenarios are meant, what is found, how it ends, what it never does."""

import json
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from sim.checking.json import check_schema
from sim.checking.results import BaselineResult, CheckResult
from sim.errors import Problem, UnusableInput
from sim.vocabulary import MEASURES
from tests.checking.checks import DOUBTED, FAILED, PASSED, REPORTED, UNUSABLE, WARNED, checked
from tests.cli.commands import changed, contents, entries, write

EXPECT = "expect:\n  - coverage_pct at end >= 99\n"
MET = "  - device.coverage_pct at end >= 10\n"
MISSED = "  - device.coverage_pct at end >= 99\n"
EMPTY = "  - failed_pct{os=windows-7} at end <= 5\n"
CODES = {"unusable": 2, "failed": 1, "regression": 3, "no baseline": 5, "inconclusive": 4,
         "warned": 0, "passed": 0}  # fmt: skip


def expecting(*lines, text=None):
    """Return the small scenario with other expectations."""
    wanted = "expect:\n" + "".join(lines) if lines else ""
    return changed((EXPECT, wanted), **({} if text is None else {"text": text}))


def mapped(expression, **further):
    """Return an expectation in its long form."""
    return f"  - {json.dumps({'expr': expression, **further})}\n"


def found(command, *arguments, folder):
    """Check, and return the document that is printed with how it ended."""
    ended = command("check", *arguments, "--jobs", 1, "--format", "json", folder=folder)
    document = json.loads(ended.out)
    Draft202012Validator(check_schema()).validate(document)
    assert document["exit_code"] == ended.code
    return document, ended


@pytest.mark.parametrize(
    ("lines", "outcome", "code"),
    [
        ([MET], "passed", 0),
        ([MISSED], "failed", 1),
        ([MET, MISSED], "failed", 1),
        ([EMPTY], "inconclusive", 4),
        ([EMPTY, MISSED], "failed", 1),
        ([mapped("device.coverage_pct at end >= 99", severity="warn")], "warned", 0),
        ([mapped("device.coverage_pct at end >= 99", report_only=True)], "passed", 0),
        ([mapped("failed_pct{os=windows-7} at end <= 5", severity="warn")], "inconclusive", 4),
        ([mapped("device.coverage_pct at end >= 10", min_devices=31)], "inconclusive", 4),
    ],
)
def test_the_exit_code_shows_the_worst_that_was_found(lines, outcome, code, command, tmp_path):
    write(tmp_path, expecting(*lines))

    document, ended = found(command, "s.yaml", folder=tmp_path)

    assert (document["scenarios"][0]["outcome"], ended.code) == (outcome, code)
    assert ended.problems == ["Checking 1 scenario ..."]


ONE_OF_EACH = {
    "unusable": UNUSABLE,
    "failed": checked(FAILED),
    "regression": checked(PASSED, baseline=BaselineResult("regression", "all", ("x",))),
    "no baseline": checked(PASSED, baseline=BaselineResult("missing", "", ("x",))),
    "inconclusive": checked(DOUBTED),
    "warned": checked(WARNED),
    "passed": checked(PASSED, REPORTED),
    "not run": CheckResult("idle.yaml", "idle"),
}


@pytest.mark.parametrize("one", ONE_OF_EACH)
@pytest.mark.parametrize("other", ONE_OF_EACH)
def test_of_two_outcomes_the_exit_code_is_the_first_in_the_order_of_the_contract(
    one, other, command, tmp_path, monkeypatch
):
    write(tmp_path)
    pair = (ONE_OF_EACH[one], ONE_OF_EACH[other])
    monkeypatch.setattr("sim.checking.checks.check_files", lambda *_: pair)

    document, ended = found(command, "s.yaml", folder=tmp_path)

    codes = {CODES[word] for word in (one, other) if word != "not run"} or {2}
    assert ended.code == next(code for code in (2, 1, 3, 5, 4, 0) if code in codes)
    assert document["outcome"] == next(word for word in (*CODES, "not run") if word in (one, other))


@pytest.mark.parametrize("against", ["regression", "inconclusive", "missing", "passed"])
@pytest.mark.parametrize("judged", [PASSED, FAILED, WARNED, DOUBTED])
def test_within_one_scenario_the_order_is_the_same(judged, against):
    one = checked(judged, baseline=BaselineResult(against, ""))
    words = {judged.outcome, "no baseline" if against == "missing" else against}

    assert one.outcome == next(word for word in CODES if word in words)


def test_nothing_but_json_is_printed_and_each_failure_says_how_to_see_it_again(command, tmp_path):
    write(tmp_path, expecting(MET, MISSED))

    document, _ = found(command, "s.yaml", folder=tmp_path)

    (scenario,) = document["scenarios"]
    assert scenario["expectations"][1]["line"] == 19
    assert scenario["expectations"][1]["replay"] == "fleetsim run s.yaml --seed 7"
    assert scenario["notes"]
    replayed = command(*scenario["replay"].split()[1:], "--out", "again", folder=tmp_path)
    assert replayed.code == 0
    origin = json.loads((tmp_path / "again" / "provenance.json").read_text("utf-8"))
    assert origin["digests"]["events"] == scenario["events"]


def test_the_replay_of_one_of_several_replications_gives_what_was_observed(command, tmp_path):
    text = changed(("seed: 7", "seed: 7\nreplications: 3"), ("horizon: 10 d", "horizon: 40 h"))
    write(tmp_path, expecting("  - time to (device.coverage_pct >= 50) <= 26 h\n", text=text))

    document, ended = found(command, "s.yaml", folder=tmp_path)

    (expectation,) = document["scenarios"][0]["expectations"]
    assert ended.code == 1
    command(*expectation["replay"].split()[1:], "--out", "again", folder=tmp_path)
    summary = json.loads((tmp_path / "again" / "summary.json").read_text("utf-8"))
    assert f"--replication {expectation['replication']}" in expectation["replay"]
    assert summary["expectations"][0]["observed"] == expectation["observed"]


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("plan b.yaml", '"plan b.yaml"'),
        ("a(b).yaml", '"a(b).yaml"'),
        ("cost$HOME.yaml", "'cost$HOME.yaml'"),
        ("a;b.yaml", '"a;b.yaml"'),
        ("plain-1_x.yaml", "plain-1_x.yaml"),
        ("-x.yaml", "./-x.yaml"),
    ],
)
def test_a_file_is_quoted_for_the_shell(file, shown):
    assert CheckResult(file, "x", 7).replay() == f"fleetsim run {shown} --seed 7"


FORMS = (
    "{} at end >= 0",
    "{} at 2 d 09:00 <= 100",
    "{} at end == {} at end",
    "{} at end + 1 > 0",
    "1 <= 5 and {} at end >= 0",
    "min of {} from 1 d to end >= 0",
    "max of {} from 1 d to end <= 100",
    "mean of {} from 1 d to end >= 0",
    "time to ({} >= 0) <= 20 d",
    "time to ({} >= 0) >= 1 d",
    "time to ({} >= 0 for 1 d) >= 1 d",
    "probability ({} at end >= 0) >= 0",
    "probability ({} at end >= 0) <= 1",
    "probability (time to ({} >= 0) >= 1 d) >= 0",
    "p50 of ({} at end) >= 0",
    "mean of ({} at end) >= 0",
    "median of (time to ({} >= 0)) >= 1 d",
    "half width of ({} at end) <= 100",
)


def series(name):
    measure = MEASURES[name]
    labels = {"payload": "payload='a', ", "package": "package='onboarding-a', "}
    own = labels.get(measure.label or "", "")
    return f"{name}{{{own}os=windows-7}}"


@pytest.mark.parametrize("replications", [1, 2])
@pytest.mark.parametrize("name", [name for name in MEASURES if MEASURES[name].is_percentage])
def test_an_empty_measure_never_passes_in_any_form(name, replications, command, tmp_path):
    lines = [f'  - "{form.replace("{}", series(name))}"\n' for form in FORMS]
    text = changed(("seed: 7", f"seed: 7\nreplications: {replications}"))
    write(tmp_path, expecting(*lines, text=text))

    document, ended = found(command, "s.yaml", folder=tmp_path)

    assert ended.code in (1, 4)
    expectations = document["scenarios"][0]["expectations"]
    assert [one["text"] for one in expectations if one["outcome"] == "passed"] == []


def test_a_typo_in_a_measure_is_reported_with_a_suggestion_before_anything_runs(
    command, tmp_path, no_simulation
):
    write(tmp_path, expecting("  - cverage_pct at end >= 99\n"))
    write(tmp_path, expecting(MET), "good.yaml")

    ended = command("check", ".", folder=tmp_path)

    assert ended.code == 2
    assert ended.problems == [
        "Checking 2 scenarios ...",
        's.yaml:18: expect[0]: column 1: unknown measure "cverage_pct"; '
        'did you mean "coverage_pct"?',
    ]


@pytest.fixture
def no_simulation(monkeypatch):
    """Fail the test when anything is simulated."""

    def simulate(*arguments):
        raise AssertionError("nothing must be simulated")

    monkeypatch.setattr("sim.runs.replication.simulate", simulate)


def test_all_problems_of_all_files_are_reported_at_once_and_in_every_form(
    command, tmp_path, no_simulation, monkeypatch
):
    write(tmp_path, expecting("  - cverage_pct at end >= 99\n", "  - failed >= 99\n"), "a.yaml")
    write(tmp_path, changed(("seed: 7", "sed: 7")), "b.yaml")
    write(tmp_path, expecting(MET), "c.yaml")
    write(tmp_path, "format: 1\nfleet: [\n", "d.yaml")

    document, ended = found(command, ".", "--junit", "j.xml", folder=tmp_path)

    told = [line for line in ended.problems if not line.startswith("Checking")]
    assert ended.code == 2
    assert [line.partition(":")[0] for line in told] == ["a.yaml", "a.yaml", "b.yaml", "d.yaml"]
    outcomes = {one["file"]: one["outcome"] for one in document["scenarios"]}
    assert outcomes == {"a.yaml": "unusable", "b.yaml": "unusable", "c.yaml": "not run",
                        "d.yaml": "unusable"}  # fmt: skip
    assert sum(len(one["problems"]) for one in document["scenarios"]) == 4
    assert [one["seed"] for one in document["scenarios"]] == [None, None, 7, None]
    assert [one["replications"] for one in document["scenarios"]] == [None, None, 1, None]
    suites = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert [suite.get("errors") for suite in suites] == ["1", "1", "0", "1"]
    assert suites.find("testsuite/testcase/skipped").get("message") == (
        "Not run, because other scenarios cannot be used."
    )
    ended = command("check", ".", folder=tmp_path)
    text = ended.out
    assert all(line in ended.problems and f"{line}\n" in text for line in told)
    assert "  not run       Not run, because other scenarios cannot be used.\n" in text
    assert text.endswith("4 scenarios: 3 scenarios unusable; 1 scenario not run\n")


def test_a_fleet_that_is_missing_or_wrong_leaves_the_others_to_be_judged(command, tmp_path):
    imported = ("generate: {devices: 30, mix: servers}", "import: {file: fleet.csv}")
    write(tmp_path, changed(imported, (EXPECT, "expect:\n" + MET)), "a.yaml")
    write(tmp_path, expecting(MISSED), "b.yaml")
    (tmp_path / "fleet.csv").write_text("name,os\nX,windows-eleventy\n", "utf-8")

    document, ended = found(command, ".", folder=tmp_path)

    assert ended.code == 2
    assert [one["outcome"] for one in document["scenarios"]] == ["unusable", "failed"]
    assert any(line.startswith("fleet.csv:2: ") for line in ended.problems)
    (tmp_path / "fleet.csv").unlink()
    document, ended = found(command, ".", folder=tmp_path)
    assert ended.code == 2
    assert document["scenarios"][0]["outcome"] == "unusable"
    assert any("fleet.csv" in line for line in ended.problems)


def test_a_scenario_that_expects_nothing_is_not_run_and_alone_is_no_check(
    command, tmp_path, no_simulation
):
    write(tmp_path, expecting())

    document, ended = found(command, "s.yaml", folder=tmp_path)

    assert (document["outcome"], ended.code) == ("not run", 2)
    assert ended.problems[-1] == "Nothing was checked: no scenario here has expectations."
    assert document["scenarios"][0]["ran"] is False


def test_a_scenario_that_expects_nothing_does_not_change_how_others_end(command, tmp_path):
    write(tmp_path, expecting(), "a.yaml")
    write(tmp_path, expecting(MET), "b.yaml")

    document, ended = found(command, ".", folder=tmp_path)

    assert ended.code == 0
    assert [one["outcome"] for one in document["scenarios"]] == ["not run", "passed"]


def test_files_and_folders_may_be_mixed_and_each_scenario_is_checked_once(command, tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write(tmp_path / "deep" / "er", expecting(MET), "z.yaml")
    write(tmp_path / "deep", expecting(MET), "y.yml")
    write(tmp_path, expecting(MET), "x.yaml")
    names = ["deep/er/z.yaml", "deep", "./x.yaml", "deep/../x.yaml", tmp_path / "x.yaml"]

    document, _ = found(command, *names, folder=tmp_path)

    files = [one["file"] for one in document["scenarios"]]
    assert files == ["deep/er/z.yaml", "deep/y.yml", "x.yaml"]


def test_results_and_files_of_other_programs_are_skipped_and_named(command, tmp_path):
    write(tmp_path, expecting(MET))
    command("run", "s.yaml", folder=tmp_path)
    (tmp_path / "compose.yaml").write_text("services: {}\n", "utf-8")
    (tmp_path / "bl").mkdir()
    (tmp_path / "bl" / "tolerances.yaml").write_text("format: 1\njudge: exact\n", "utf-8")

    document, ended = found(command, ".", folder=tmp_path)

    assert [one["file"] for one in document["scenarios"]] == ["s.yaml"]
    assert ended.problems[-1] == "Note: Skipped, not scenarios: compose.yaml"


def test_a_name_under_which_nothing_stands_is_reported_before_anything_runs(
    command, tmp_path, no_simulation
):
    write(tmp_path, expecting(MET))
    write(tmp_path, expecting(MET).replace("seed: 7", "seed: x"), "t.yaml")
    (tmp_path / "empty").mkdir()
    imported = ("generate: {devices: 30, mix: servers}", "import: {file: fleet.csv}")
    write(tmp_path, changed(imported), "u.yaml")
    (tmp_path / "fleet.csv").write_text("name,os\na,windows-11-24h2\na,server-2019\n")
    names = ("s.yaml", "t.yaml", "u.yaml", "gone", "empty", "gone.yaml")
    told = [
        "gone does not exist; a scenario file, or a folder of scenario files",
        "empty contains no scenario; a folder with scenario files (.yaml)",
        "gone.yaml does not exist; a scenario file, or a folder of scenario files",
        "t.yaml:5: seed: text where a whole number is expected",
        'fleet.csv:3: name: the name "a" is already on line 2;'
        " each name once (upper and lower case are the same), or a computer that joins when the"
        " earlier one of its name has retired",
    ]

    ended = command("check", *names, folder=tmp_path)
    saving = command("baseline", "save", *names, folder=tmp_path)

    assert (ended.code, ended.out) == (saving.code, saving.out) == (2, "")
    assert ended.problems == saving.problems == told


def test_where_one_scenario_cannot_be_read_the_fleets_of_the_others_are_judged_too(
    command, tmp_path, no_simulation
):
    write(tmp_path, expecting(MET).replace("seed: 7", "sed: 7"), "a.yaml")
    imported = ("generate: {devices: 30, mix: servers}", "import: {file: fleet.csv}")
    write(tmp_path, changed(imported, text=expecting(MET)), "b.yaml")
    write(tmp_path, expecting(MET), "c.yaml")
    (tmp_path / "fleet.csv").write_text("name,os\na,windows-99\n")

    document, ended = found(command, ".", folder=tmp_path)

    assert [one["outcome"] for one in document["scenarios"]] == ["unusable", "unusable", "not run"]
    assert ended.problems[-1].startswith('fleet.csv:2: os: the system "windows-99" is unknown; ')


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("1 < 2",
         "two numbers are compared, so the result does not depend on the run; name a measure"),
        ("failed{os=server-2016, os=server-2019} at end == 0",
         "no device has the os server-2016 and server-2019 at once; ask for each one separately"),
        ("time to (1 < 2) <= 3 d",
         "two numbers are compared, so the result does not depend on the run; name a measure"),
    ],
)  # fmt: skip
def test_what_is_about_nothing_is_remarked_on_though_it_passes(expression, told, command, tmp_path):
    write(tmp_path, expecting(mapped(expression)))

    document, ended = found(command, "s.yaml", folder=tmp_path)

    assert ended.code == 0
    notes = document["scenarios"][0]["notes"]
    assert notes[0] == f"In {expression}: {told}."
    assert len(notes) == len(set(notes))


def test_junit_goes_into_a_folder_that_is_made(command, tmp_path):
    write(tmp_path, expecting(MET, MISSED))

    ended = command("check", "s.yaml", "--junit", "out/deep/check.xml", folder=tmp_path)

    assert ended.code == 1
    assert entries(tmp_path / "out" / "deep") == {"check.xml"}
    suite = ElementTree.parse(tmp_path / "out" / "deep" / "check.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.mark.parametrize("place", ["s.yaml/check.xml", "folder"])
def test_junit_that_cannot_be_written_is_reported_before_anything_runs(
    place, command, tmp_path, monkeypatch
):
    write(tmp_path, expecting(MISSED))
    (tmp_path / "folder").mkdir()
    before = contents(tmp_path)
    monkeypatch.setattr("sim.runs.replication.simulate", None)

    document, ended = found(command, "s.yaml", "--junit", place, folder=tmp_path)

    assert (document["outcome"], ended.code) == ("unusable", 2)
    assert ended.problems[-1].startswith(f"--junit: {place} cannot be written: ")
    assert contents(tmp_path) == before


def test_junit_that_finds_no_room_after_all_ends_with_2_and_loses_nothing(
    command, tmp_path, monkeypatch
):
    write(tmp_path, expecting(MISSED))

    def refused(path, text):
        raise UnusableInput([Problem(f"{path} cannot be written: no room")])

    monkeypatch.setattr("sim.files.write_text_whole", refused)
    document, ended = found(command, "s.yaml", "--junit", "j.xml", folder=tmp_path)

    assert (document["outcome"], ended.code) == ("failed", 2)
    assert ended.problems[-1] == "j.xml cannot be written: no room"


def test_on_github_annotations_and_a_summary_are_made_beside_the_text(
    command, tmp_path, monkeypatch
):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "plans").mkdir()
    write(tmp_path / "plans", expecting(MET, MISSED))

    ended = command("check", "plans", folder=tmp_path)

    assert ended.code == 1
    (annotation,) = [line for line in ended.out.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error file=plans/s.yaml,line=19,title=Failed%3A ")
    assert "replay: fleetsim run plans/s.yaml --seed 7" in annotation
    assert (tmp_path / "summary.md").read_text("utf-8").startswith("### fleetsim check: failed\n")


def test_on_github_json_keeps_standard_output_to_itself(command, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    write(tmp_path, expecting(MISSED))

    _, ended = found(command, "s.yaml", folder=tmp_path)

    assert ended.code == 1
    assert any(line.startswith("::error file=") for line in ended.problems)
    assert entries(tmp_path) == {"s.yaml"}


def test_the_form_for_github_can_be_had_anywhere(command, tmp_path):
    write(tmp_path, expecting(MISSED))

    ended = command("check", "s.yaml", "--format", "github", folder=tmp_path)

    assert ended.code == 1
    assert len(ended.out.splitlines()) == 1
    assert ended.out.startswith("::error file=s.yaml,line=18,")


def test_names_and_settings_that_cannot_be_used_are_reported_to_programs_too(
    command, tmp_path, monkeypatch
):
    write(tmp_path, expecting(MET))
    (tmp_path / "bl").mkdir()
    (tmp_path / "bl" / "tolerances.yaml").write_text("format: 1\njugde: exact\n", "utf-8")
    options = ("--baseline", "bl", "--junit", "j.xml")

    document, ended = found(command, "s.yaml", *options, folder=tmp_path)

    assert ended.code == 2
    (one,) = document["scenarios"]
    assert (one["file"], one["problems"][0]["line"]) == ("bl/tolerances.yaml", 2)
    assert ended.problems == [
        "bl/tolerances.yaml:2: jugde: unknown key; known here: format, judge, confidence, measures,"
        ' scenarios; did you mean "judge"?'
    ]
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("errors") == "1"
    document, ended = found(command, "gone", folder=tmp_path)
    assert (document["outcome"], ended.code, len(ended.problems)) == ("unusable", 2, 1)

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ended = command("check", "s.yaml", *options, folder=tmp_path)
    assert ended.out.startswith("::error file=bl/tolerances.yaml,line=2,title=")
    assert len(ended.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("expectation", "doubt"),
    [
        ("coverage_pct at end >= 0.85", "less than one percent; write 85 if 85 % is meant."),
        ("coverage_pct at end <= 850", "more than 100 %; percentages run from 0 to 100."),
    ],
)
def test_an_expectation_that_hardly_asks_anything_is_remarked_on_though_it_passes(
    expectation, doubt, command, tmp_path
):
    write(tmp_path, expecting(f"  - {expectation}\n"))

    ended = command("check", "s.yaml", folder=tmp_path)

    assert (ended.code, ended.out.count("note: ")) == (0, 1)
    assert f"note: In {expectation}: a percentage is compared with" in ended.out
    assert doubt in " ".join(ended.out.split())
