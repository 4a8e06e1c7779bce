"""How baselines are judged: what `tolerances.yaml` may say, and how its mistakes are reported."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.baselines.tolerances import Tolerances, former_name_remark, read_tolerances
from sim.errors import UnusableInput
from sim.scenario.loader import load_text
from tests.cli.commands import SCENARIO

PLAN = load_text(SCENARIO).scenario


@pytest.fixture
def judging(tmp_path, monkeypatch):
    """Return a function that reads a file of settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bl").mkdir()

    def read(text):
        (tmp_path / "bl" / "tolerances.yaml").write_text(text, "utf-8")
        return read_tolerances((tmp_path / "bl").relative_to(tmp_path))

    return read


def refused(judging, text):
    """Return the problems of settings, those of their measures too."""
    with pytest.raises(UnusableInput) as error:
        judging(text).rules("pilot", PLAN)
    return [str(problem) for problem in error.value.problems]


def test_without_a_file_everything_is_exact_and_the_usual_measures_are_stored(tmp_path):
    rules = read_tolerances(tmp_path / "none").rules("pilot", PLAN)

    assert (rules.judge, rules.confidence) == ("exact", 0.95)
    assert [(one.text, one.kind, one.absolute, one.relative) for one in rules.limits] == [
        ("device.coverage_pct at end", "percent", 0.5, 0),
        ("device.failed at end", "devices", 1, 0.05),
        ("time to (device.coverage_pct >= 50)", "duration", 43_200, 0.05),
        ("time to (device.coverage_pct >= 90)", "duration", 43_200, 0.05),
    ]


def test_a_scenario_may_be_judged_otherwise(judging):
    found = judging(
        "format: 1\njudge: paired\nconfidence: 99 %\n"
        "measures: [{of: failed at end, relative: 10 %, floor: 3, worse: higher}]\n"
        "scenarios:\n"
        "  pilot: {judge: tolerances}\n"
        "  broad: {measures: [{of: coverage_pct at end, absolute: 1}]}\n"
        "  none: {measures: []}\n"
    )

    pilot, broad, other = (found.rules(name, PLAN) for name in ("pilot", "broad", "other"))
    assert (pilot.judge, broad.judge, other.judge) == ("tolerances", "paired", "paired")
    assert [one.text for one in broad.limits] == ["coverage_pct at end"]
    assert pilot.limits == other.limits
    assert (pilot.limits[0].worse, pilot.confidence) == ("higher", 0.99)
    assert len(found.rules("none", PLAN).limits) == 4


@pytest.mark.parametrize(
    ("amounts", "baseline", "allowed"),
    [
        ("absolute: 2", 100, 2),
        ("absolute: 2.50", 100, 2.5),
        ("relative: 5 %", 100, 5),
        ("relative: 5 %", -100, 5),
        ("relative: 5 %, floor: 8", 100, 8),
        ("relative: 5 %, floor: 8", 1000, 50),
        ("absolute: 60, relative: 5 %, floor: 8", 1000, 60),
        ("worse: lower", 100, 0),
    ],
)
def test_the_largest_amount_is_allowed(amounts, baseline, allowed, judging):
    text = f"format: 1\nmeasures: [{{of: failed at end, {amounts}}}]\n"
    (limit,) = judging(text).rules("pilot", PLAN).limits

    assert limit.allowed(baseline) == allowed


def test_times_are_allowed_as_durations(judging):
    text = "format: 1\nmeasures: [{of: time to (coverage_pct >= 90), absolute: 1 d 12 h}]\n"

    assert judging(text).rules("pilot", PLAN).limits[0].absolute == 129_600


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("judge: exact\n", ["bl/tolerances.yaml:1: format: the key is missing"]),
        ("format: 2\n", ["bl/tolerances.yaml:1: format: 2 is not known here; 1"]),
        ("format: 1\njugde: exact\n",
         ["bl/tolerances.yaml:2: jugde: unknown key; known here: format, judge, confidence, "
          'measures, scenarios; did you mean "judge"?']),
        ("format: 1\njudge: exactly\n",
         ['bl/tolerances.yaml:2: judge: "exactly" is not known here; '
          'one of exact, tolerances, paired; did you mean "exact"?']),
        ("format: 1\nmeasures:\n  - {of: failed at end, absolut: 1}\n",
         ["bl/tolerances.yaml:3: measures[0].absolut: unknown key; "
          'known here: of, absolute, relative, floor, worse; did you mean "absolute"?']),
        ("format: 1\nscenarios:\n  pilot: {jugde: exact}\n",
         ["bl/tolerances.yaml:3: scenarios.pilot.jugde: unknown key; "
          'known here: judge, measures; did you mean "judge"?']),
        ("format: 1\nconfidence: 0.95\n",
         ["bl/tolerances.yaml:2: confidence: a number is not a share; "
          "a share has a percent sign: 95 %"]),
        ("format: 1\nconfidence: 100 %\n",
         ['bl/tolerances.yaml:2: confidence: "100 %" is not a confidence; '
          "a confidence lies between 50 % and 99.99 %"]),
        ("format: 1\nconfidence: 5 %\n",
         ['bl/tolerances.yaml:2: confidence: "5 %" is not a confidence; '
          "a confidence lies between 50 % and 99.99 %"]),
        ("format: 1\nmeasures:\n  - {of: failed at end, absolute: [1]}\n",
         ["bl/tolerances.yaml:3: measures[0].absolute: a list is not an amount; "
          "an amount is written like 0.5, of a time like 12 h"]),
        ("format: 1\nmeasures:\n  - {of: failed at end, relative: 0.05}\n",
         ["bl/tolerances.yaml:3: measures[0].relative: a number is not a share; "
          "a share has a percent sign: 5 %"]),
        ("format: 1\nmeasures:\n  - {of: failed at end, worse: up}\n",
         ['bl/tolerances.yaml:3: measures[0].worse: "up" is not known here; '
          "one of higher, lower, either"]),
        ("format: 1\nmeasures: coverage_pct at end\n",
         ["bl/tolerances.yaml:2: measures: text where a list is expected; "
          "write a list: [A, B]"]),
        ("- format\n", ["bl/tolerances.yaml: the file is not a table of keys; format: 1 first"]),
        ("", ["bl/tolerances.yaml: the file is empty"]),
        ("format: 1\nformat: 1\n", ["bl/tolerances.yaml:2: the key stands here twice"]),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line_and_what_is_known(text, told, judging):
    found = refused(judging, text)
    if "twice" in told[0]:
        assert found[0].startswith("bl/tolerances.yaml:2: ")
    else:
        assert found == told


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("of: cverage_pct at end",
         'column 1: unknown measure "cverage_pct"; did you mean "coverage_pct"?'),
        ("of: coverage_pct",
         "column 1: a series alone has no value here; "
         "say when: add `at 30 d` or `at end`"),
        ("of: coverage_pct at end >= 3",
         "this is not a number; write one such as coverage_pct at 30 d"),
        ("of: time to (coverage_pct >= 90), absolute: 3",
         "absolute: 3 is not an amount for it; a duration such as 12 h"),
        ("of: coverage_pct at end, absolute: 3 %",
         "absolute: 3 % is not an amount for it; a number such as 0.5, without a unit"),
        ("of: coverage_pct at end, floor: 12 h",
         "floor: 12 h is not an amount for it; a number such as 0.5, without a unit"),
        ("of: coverage_pct at end, absolute: -1",
         "absolute: -1 is not an amount for it; a number such as 0.5, without a unit"),
        ("of: 'failed{collection=Pilot} at end'",
         'column 19: unknown collection "Pilot" (for pilot); one of All'),
    ],
)  # fmt: skip
def test_a_measure_that_the_scenario_cannot_have_is_reported_with_its_line(measure, told, judging):
    (problem,) = refused(judging, f"format: 1\njudge: exact\nmeasures:\n  - {{{measure}}}\n")

    key = "" if told.startswith(("absolute", "floor")) else "of: "
    assert problem == f"bl/tolerances.yaml:4: measures[0].{key}{told}"


def test_all_mistakes_are_reported_at_once(judging):
    found = refused(judging, "format: 1\nx: 1\nmeasures:\n  - {of: a, y: 2}\n  - {worse: z}\n")
    assert [problem.partition(": ")[0] for problem in found] == [
        *["bl/tolerances.yaml:2"], *["bl/tolerances.yaml:4"] * 3, *["bl/tolerances.yaml:5"] * 2,
    ]  # fmt: skip
    text = "format: 1\nscenarios:\n  pilot:\n    measures:\n      - of: a\n      - of: b\n"
    found = refused(judging, text)
    assert list(dict.fromkeys(problem.partition(" column")[0] for problem in found)) == [
        "bl/tolerances.yaml:5: scenarios.pilot.measures[0].of:",
        "bl/tolerances.yaml:6: scenarios.pilot.measures[1].of:",
    ]


def test_paired_wants_a_number_of_each_replication(judging):
    text = "format: 1\njudge: {}\nmeasures: [{{of: p50 of (failed at end)}}]\n"

    assert judging(text.format("tolerances")).rules("pilot", PLAN).limits
    (problem,) = refused(judging, text.format("paired"))
    assert "a statistic over replications cannot be taken" in problem


PIECES = ["format: 1", "judge: paired", "measures:", "  - of: failed at end", "    absolute: 1",
          "scenarios:", "  pilot:", "    judge: exact", "- x", "{", "}", ".nan", "confidence: 90 %",
          "    floor: 12 h", "\t", "\0", "&a", "*a", "? ", "!!x"]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("\n".join) | st.text(max_size=60))
def test_any_file_is_read_or_refused(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("bl")
    (folder / "tolerances.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = read_tolerances(folder)
        assert isinstance(found, Tolerances)
        assert found.rules("pilot", PLAN).limits
    except UnusableInput as error:
        assert error.problems
        assert all("\n" not in str(problem) for problem in error.problems)


def test_a_file_under_its_former_name_is_read_and_remarked_on(tmp_path):
    (tmp_path / "judging.yaml").write_text("format: 1\njudge: paired\n", "utf-8")

    assert read_tolerances(tmp_path).rules("pilot", PLAN).judge == "paired"
    assert former_name_remark(tmp_path) == (
        f"{tmp_path.as_posix()}/judging.yaml is now called tolerances.yaml: please rename it; "
        "it is still read."
    )


def test_mistakes_in_a_file_under_its_former_name_are_reported_there(tmp_path):
    (tmp_path / "judging.yaml").write_text("format: 1\njudge: exactly\n", "utf-8")

    with pytest.raises(UnusableInput) as error:
        read_tolerances(tmp_path)
    assert "judging.yaml:2: judge: " in str(error.value)


def test_a_file_under_its_name_needs_no_remark(tmp_path):
    (tmp_path / "tolerances.yaml").write_text("format: 1\n", "utf-8")

    assert (former_name_remark(tmp_path), former_name_remark(None)) == ("", "")


def test_files_under_both_names_are_refused(tmp_path):
    for name in ("judging.yaml", "tolerances.yaml"):
        (tmp_path / name).write_text("format: 1\n", "utf-8")

    with pytest.raises(UnusableInput) as error:
        read_tolerances(tmp_path)
    assert [str(problem) for problem in error.value.problems] == [
        f"{tmp_path.as_posix()}/judging.yaml: tolerances.yaml exists too, and only one of the two"
        " can apply; keep what you need in tolerances.yaml and delete judging.yaml"
    ]
