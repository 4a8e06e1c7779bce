"""What a check found, as GitHub shows it: annotations and the summary of a step."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.checking.checks import check_scenario
from sim.checking.github import (
    MAX_ANNOTATIONS,
    MAX_BYTES,
    annotations,
    append_summary,
    escaped,
    relative_to,
    runs_on_github,
    step_summary,
    workspace_of,
)
from sim.checking.results import BaselineResult
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult
from sim.scenario.loader import load_scenario
from tests.checking.checks import (
    ALL,
    DOUBTED,
    EMPTY,
    EVERYTHING,
    FAILED,
    LIKE_BEFORE,
    NOTED,
    PASSED,
    REGRESSED,
    REPLAY_OF_12,
    REPORTED,
    UNUSABLE,
    WARNED,
    WITHOUT_BASELINE,
    checked,
)
from tests.project.tree import ROOT

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def read(line):
    """Return an annotation as GitHub reads it: kind, properties, message."""
    kind, properties, message = COMMAND.fullmatch(line).groups()
    found = dict(part.split("=", 1) for part in properties.split(","))
    signs = {"%0A": "\n", "%0D": "\r", "%3A": ":", "%2C": ",", "%25": "%"}

    def plain(text):
        return re.sub("%(0A|0D|3A|2C|25)", lambda match: signs[match[0]], text)

    return kind, {name: plain(value) for name, value in found.items()}, plain(message)


def test_a_failure_stands_at_its_line_and_says_how_to_see_it_again():
    (line,) = annotations([checked(PASSED, FAILED)], None)

    assert line == (
        "::error file=scenarios/pilot.yaml,line=32,title=Failed%3A coverage_pct at 30 d >= 95"
        "::coverage_pct at 30 d >= 95 failed: met in 17 of 20 replications; the worst,"
        " replication 12, observed 91.8 %25, short by 3.2 points"
        f"%0Areplay: {REPLAY_OF_12}"
    )


@pytest.mark.parametrize(
    ("judged", "kind", "word"),
    [
        (WARNED, "warning", "Warned"),
        (EMPTY, "error", "Inconclusive"),
        (DOUBTED, "error", "Inconclusive"),
        (REPORTED, "notice", "Failed"),
    ],
)
def test_each_outcome_has_its_kind(judged, kind, word):
    (line,) = annotations([checked(judged)], None)
    found, properties, _ = read(line)

    assert (found, properties["title"].partition(":")[0]) == (kind, word)


def test_each_problem_of_a_scenario_stands_at_its_own_line():
    first, second = map(read, annotations([UNUSABLE], None))

    assert first == (
        "error",
        {"file": "scenarios/broken.yaml", "line": "12", "title": "The scenario cannot be used"},
        'expect[0]: no measure is called "coverge_pct"; a measure; did you mean "coverage_pct"?',
    )
    assert second[1] == {"file": "scenarios/broken.yaml", "title": "The scenario cannot be used"}


def test_a_baseline_that_differs_or_is_missing_is_an_error():
    regression, missing = map(read, annotations([REGRESSED, WITHOUT_BASELINE, LIKE_BEFORE], None))

    assert regression[1]["title"] == "Regression against the baseline"
    assert "coverage_pct at 14 d fell from 97.3 to 91.8\nthe event log differs" in regression[2]
    assert (missing[0], missing[1]["title"]) == ("error", "No baseline")


def test_of_many_differences_the_first_are_reported():
    told = tuple(f"difference {number}" for number in range(12))
    one = checked(PASSED, baseline=BaselineResult("regression", "much", told))

    ((_, _, message),) = map(read, annotations([one], None))
    assert message.split("\n")[-3:-1] == ["difference 4", "and 7 more"]


def test_no_more_annotations_are_written_than_github_shows():
    many = checked(*[FAILED] * 15, *[WARNED] * 12, *[REPORTED] * 11)
    lines = annotations([many], None)
    kinds = [read(line)[0] for line in lines]

    assert {kind: kinds.count(kind) for kind in kinds} == {
        "error": MAX_ANNOTATIONS,
        "warning": MAX_ANNOTATIONS,
        "notice": MAX_ANNOTATIONS,
    }
    assert "9 more are in the output" in lines[-1]
    assert len(annotations([checked(*[FAILED] * 10)], None)) == 10


def test_files_are_named_from_the_root_of_the_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below = tmp_path / "repository/plans/a.yaml"

    assert relative_to(str(below), tmp_path / "repository") == "plans/a.yaml"
    assert relative_to("repository/plans/a.yaml", tmp_path / "repository") == "plans/a.yaml"
    assert relative_to("other/a.yaml", tmp_path / "repository") == "other/a.yaml"
    assert relative_to("other/a.yaml", None) == "other/a.yaml"
    (line,) = annotations([checked(FAILED, file=below.as_posix())], tmp_path / "repository")
    assert read(line)[1]["file"] == "plans/a.yaml"


def test_a_link_to_the_repository_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert relative_to(str(tmp_path / "link/a.yaml"), tmp_path / "real") == "a.yaml"


def test_it_says_whether_it_runs_on_github():
    assert runs_on_github({"GITHUB_ACTIONS": "true"})
    assert not runs_on_github({"GITHUB_ACTIONS": "false"})
    assert not runs_on_github({})
    assert workspace_of({"GITHUB_WORKSPACE": "/a"}) == Path("/a")
    assert workspace_of({}) is None


def test_the_summary_is_appended_where_github_says(tmp_path):
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    environment = {"GITHUB_STEP_SUMMARY": str(place)}

    assert append_summary("é\n", environment)
    assert place.read_bytes() == b"before\n\xc3\xa9\n"
    assert not append_summary("é\n", {})
    assert not append_summary("é\n", {"GITHUB_STEP_SUMMARY": str(tmp_path)})


def rows(text):
    """Return the cells of a table as GitHub's Markdown takes them apart."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[unescape(cell.strip()) for cell in line[1:-1].split("|")] for line in lines]


def test_the_summary_is_a_table_with_what_did_not_pass_first():
    text = step_summary([checked(PASSED, FAILED), NOTED])
    _, _, *found = rows(text)

    assert text.splitlines()[0] == "### fleetsim check: failed"
    assert found == [
        ["scenarios/pilot.yaml", "32", FAILED.text, "**failed**",
         "91.8 %; met in 17 of 20 replications", "short by 3.2 points"],
        ["scenarios/pilot.yaml", "31", PASSED.text, "passed", "97.3 %", "met by 2.3 points"],
        ["scenarios/noted.yaml", "", "Not run, because other scenarios are unusable.", "not run",
         "", ""],
    ]  # fmt: skip
    assert f"\n\n    {REPLAY_OF_12}\n" in text


def test_the_summary_holds_everything_that_a_check_can_find():
    _, _, *found = rows(step_summary(EVERYTHING))

    assert len(found) == len(ALL) + 2 + 2 * 4 + 1
    outcomes = {row[3] for row in found}
    assert outcomes == {
        "passed", "**failed**", "**warned**", "**inconclusive**", "failed (report only)",
        "**unusable**", "**regression**", "**no baseline**", "not run",
    }  # fmt: skip


def test_a_summary_without_anything_has_no_table():
    assert rows(step_summary([])) == []


def test_a_summary_stays_below_what_github_takes():
    text = step_summary([checked(*[FAILED] * 8000)])

    assert len(text.encode()) < MAX_BYTES + 10_000
    assert re.search(r"\n[\d,]+ more rows are in the output of the step\.\n", text)


def test_a_scenario_that_was_checked_is_annotated_at_its_lines(tmp_path):
    text = (ROOT / "scenarios/workspace-missing.yaml").read_text("utf-8")
    path = tmp_path / "plan.yaml"
    path.write_text(text.replace("devices: 2000", "devices: 60"), "utf-8")
    lines = path.read_text("utf-8").splitlines()

    found = check_scenario(load_scenario(str(path)))
    told = [read(line) for line in annotations([found], tmp_path)]

    assert told
    for _, properties, message in told:
        assert properties["file"] == "plan.yaml"
        expected = properties["title"].partition(": ")[2]
        assert expected in lines[int(properties["line"]) - 1]
        assert message.startswith(expected)


ODD = st.text("%:,\r\n\x0b\x85\u2028|`<>&\\*_[]@$é ", max_size=20)
ANY = st.text(max_size=20) | ODD


@given(ANY, ANY, ANY, ANY)
def test_no_text_breaks_the_line_of_an_annotation(name, file, expression, why):
    judged = [
        ExpectationResult(expression, outcome, None, why=why)
        for outcome in ("failed", "inconclusive")
    ]
    against = BaselineResult("regression", why, (name, why))
    problem = Problem(name, expression, why, file=file)

    for line in annotations(
        [
            checked(*judged, name=name, file=file, baseline=against),
            checked(name=name, file=file, problems=(problem,)),
        ],
        None,
    ):
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        assert set(read(line)[1]) <= {"file", "line", "title"}


@given(ANY, ANY, ANY, ANY)
def test_no_text_breaks_the_table_of_the_summary(name, file, expression, why):
    judged = [
        ExpectationResult(expression, outcome, None, why=why)
        for outcome in ("failed", "inconclusive")
    ]
    against = BaselineResult("regression", why, (name, why))

    text = step_summary(
        [
            checked(*judged, name=name, file=file, baseline=against),
            checked(name=name, file=file, problems=(Problem(name, file=file),)),
            checked(name=name, file=file, log_digest="", notes=(why,)),
        ]
    )

    found = rows(text)
    assert len(found) == 2 + 3 + 1 + 1
    assert {len(row) for row in found} == {6}
    for line in text.splitlines():
        if line.startswith("|") and "---" not in line:
            assert not re.search(r"[`<>\\\[\]@$_]|&(?!#\d+;)", line)


@given(st.text())
def test_escaped_text_shows_itself(text):
    shown = unescape(escaped(text))

    assert shown == "".join(sign if sign.isprintable() else " " for sign in text)
