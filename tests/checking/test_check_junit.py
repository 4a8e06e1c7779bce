"""What a check found, as a JUnit file that readers of JUnit accept."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.checking.checks import check_scenario
from sim.checking.junit import junit_text
from sim.checking.results import BaselineResult
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult
from sim.scenario.loader import load_scenario
from sim.version import __version__
from tests.checking.checks import (
    DIGEST,
    DOUBTED,
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

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "data/junit-10.xsd")


def parsed(*checked):
    return ElementTree.fromstring(junit_text(checked, __version__).encode("utf-8"))


def cases(*checked):
    return parsed(*checked).findall("testsuite/testcase")


def test_everything_that_a_check_can_find_is_valid():
    SCHEMA.validate(junit_text(EVERYTHING, __version__))
    SCHEMA.validate(junit_text([], __version__))


def test_a_suite_is_a_scenario_and_a_case_an_expectation():
    (suite,) = parsed(checked(PASSED, WARNED, FAILED)).findall("testsuite")

    assert suite.get("name") == "Pilot, then everybody"
    assert [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")] == [
        ("pilot", PASSED.text),
        ("pilot", WARNED.text),
        ("pilot", f"{PASSED.text} (2)"),
    ]
    assert {one.get("name"): one.get("value") for one in suite.iter("property")} == {
        "seed": "7",
        "replications": "20",
        "version": __version__,
        "events": DIGEST,
    }


def test_a_failure_says_what_was_expected_and_observed_and_how_to_see_it_again():
    (failure,) = cases(checked(FAILED))[0]

    assert (failure.tag, failure.get("type")) == ("failure", "failed")
    assert failure.get("message").endswith("observed 91.8 %, short by 3.2 points")
    assert failure.text.splitlines() == [
        "expected: coverage_pct at 30 d >= 95",
        "observed: 91.8 %",
        "margin: short by 3.2 points",
        "replications: met in 17 of 20 replications; the worst is replication 12",
        f"replay: {REPLAY_OF_12}",
    ]


def test_what_is_inconclusive_is_an_error_with_its_interval_and_why():
    (error,) = cases(checked(DOUBTED))[0]

    assert (error.tag, error.get("type")) == ("error", "inconclusive")
    assert "interval: 0.74 to 0.98" in error.text.splitlines()
    assert "why: 20 replications are too few for the confidence stated" in error.text.splitlines()


@pytest.mark.parametrize(
    ("judged", "word"), [(WARNED, " warned: "), (REPORTED, "failed (report only): ")]
)
def test_a_warning_and_what_only_reports_pass_and_say_so(judged, word):
    (said,) = cases(checked(judged))[0]

    assert said.tag == "system-out"
    assert word in said.text


def test_an_unusable_scenario_is_an_error_with_every_problem():
    (case,) = cases(UNUSABLE)
    (error,) = case

    assert (case.get("name"), error.tag, error.get("type")) == ("scenario", "error", "unusable")
    assert error.get("message") == "2 problems"
    assert error.text.splitlines() == [str(problem) for problem in UNUSABLE.problems]


def test_a_scenario_that_did_not_run_is_skipped_and_says_why():
    (case,) = cases(NOTED)
    (skipped,) = case

    assert skipped.tag == "skipped"
    assert skipped.get("message") == "Not run, because other scenarios are unusable."


@pytest.mark.parametrize(
    ("scenario", "tag", "kind"),
    [
        (REGRESSED, "failure", "regression"),
        (WITHOUT_BASELINE, "error", "no baseline"),
        (LIKE_BEFORE, "system-out", None),
    ],
)
def test_a_baseline_is_a_case_of_its_own(scenario, tag, kind):
    _, case = cases(scenario)
    (said,) = case

    assert case.get("name") == "baseline"
    assert (said.tag, said.get("type")) == (tag, kind)


def test_a_regression_shows_first_what_weighs_most():
    (failure,) = cases(REGRESSED)[1]

    assert failure.get("message") == "coverage_pct at 14 d fell from 97.3 to 91.8"
    assert failure.text.splitlines() == [
        "covers: 14 figures of 2 instants",
        "coverage_pct at 14 d fell from 97.3 to 91.8",
        "the event log differs",
        "replay: fleetsim run scenarios/drift.yaml --seed 7",
    ]


def test_the_counts_are_those_of_the_cases():
    root = parsed(*EVERYTHING)

    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["19", "5", "5"]
    for suite in root.findall("testsuite"):
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(name) == str(len(suite.findall(f"testcase/{tag}")))
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_nothing_shows_when_or_where_it_was_made():
    text = junit_text(EVERYTHING, __version__)

    assert not re.search("timestamp=|hostname=|time=", text)
    assert text == junit_text(EVERYTHING, __version__)


def test_a_scenario_that_was_checked_is_valid(tmp_path):
    text = (ROOT / "scenarios/workspace-missing.yaml").read_text("utf-8")
    path = tmp_path / "plan.yaml"
    path.write_text(text.replace("devices: 2000", "devices: 60"), "utf-8")

    found = check_scenario(load_scenario(str(path)))

    SCHEMA.validate(junit_text([found], __version__))
    assert len(cases(found)) == len(found.expectations)


ANY = st.text(st.characters(), max_size=20) | st.text(
    "\x00\x0b\r\n\t\ud800\ufffe]]>&<'\"é", max_size=20
)


@settings(deadline=None)
@given(ANY, ANY, ANY, ANY)
def test_no_text_makes_it_ill_formed(name, file, expression, why):
    judged = [
        ExpectationResult(expression, outcome, None, why=why)
        for outcome in ("failed", "inconclusive")
    ]
    against = BaselineResult("regression", why, (name, why))
    problem = Problem(name, expression, why, file=file)

    text = junit_text(
        [
            checked(*judged, name=name, file=file, baseline=against),
            checked(name=name, file=file, problems=(problem,)),
            checked(name=name, file=file, log_digest="", notes=(why,)),
        ],
        "1",
    )

    SCHEMA.validate(text)
    assert [len(suite) for suite in ElementTree.fromstring(text.encode())] == [4, 2, 2]
