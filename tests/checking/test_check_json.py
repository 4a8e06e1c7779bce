"""What a check found, as JSON that its schema describes."""

import json

import pytest
from jsonschema import Draft202012Validator

from sim.checking.checks import check_scenario
from sim.checking.json import check_document, check_schema
from sim.checking.results import CheckResult
from sim.judging.expectations import ExpectationResult
from sim.scenario.loader import load_scenario
from sim.version import __version__
from tests.checking.checks import (
    ALL,
    DIGEST,
    EVERYTHING,
    FAILED,
    NOTED,
    OPEN,
    PASSED,
    REPLAY_OF_12,
    checked,
)
from tests.project.tree import ROOT


def errors(document):
    validator = Draft202012Validator(check_schema())
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(document)]


def written(checked, exit_code=0):
    text = json.dumps(check_document(checked, __version__, exit_code), allow_nan=False)
    return json.loads(text)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(check_schema())


def test_everything_that_a_check_can_find_is_valid():
    document = written(EVERYTHING, 2)

    assert errors(document) == []
    assert (document["format"], document["version"]) == (1, __version__)
    assert (document["outcome"], document["exit_code"]) == ("unusable", 2)
    assert [one["outcome"] for one in document["scenarios"]] == [
        "failed", "unusable", "regression", "passed", "no baseline", "inconclusive", "not run",
    ]  # fmt: skip


def test_an_expectation_has_its_figures_its_line_and_its_replay():
    (scenario,) = written([checked(PASSED, FAILED)], 1)["scenarios"]

    assert scenario["events"] == DIGEST
    assert scenario["expectations"][1] == {
        "text": "coverage_pct at 30 d >= 95",
        "outcome": "failed",
        "observed": 91.8,
        "operator": ">=",
        "bound": 95.0,
        "margin": -3.2,
        "margin_is_least": False,
        "kind": "percent",
        "at_least": None,
        "interval": None,
        "confidence": None,
        "held": 17,
        "replications": 20,
        "replication": 12,
        "report_only": False,
        "reason": "",
        "why": "",
        "line": 32,
        "replay": REPLAY_OF_12,
    }


def test_what_is_not_known_is_null():
    (scenario,) = written([checked(OPEN)])["scenarios"]
    (expectation,) = scenario["expectations"]

    assert expectation["interval"] == [449280.0, None]
    assert expectation["observed"] is expectation["held"] is None
    assert scenario["baseline"] is None
    assert written([NOTED])["scenarios"][0]["events"] is None
    assert written([NOTED])["scenarios"][0]["ran"] is False


def test_problems_keep_their_parts():
    (_, scenario, *_) = written(EVERYTHING)["scenarios"]

    assert scenario["problems"][0]["suggestion"] == "coverage_pct"
    assert [problem["line"] for problem in scenario["problems"]] == [12, None]


def test_a_baseline_shows_its_outcome_and_what_differs():
    baseline = written(EVERYTHING)["scenarios"][2]["baseline"]

    assert baseline == {
        "outcome": "regression",
        "covers": "14 figures of 2 instants",
        "told": ["coverage_pct at 14 d fell from 97.3 to 91.8", "the event log differs"],
    }


def test_nothing_checked_is_valid_too():
    assert errors(written([])) == []


@pytest.mark.parametrize("key", ["outcome", "exit_code", "scenarios"])
def test_the_schema_finds_what_is_missing_or_new(key):
    document = written(EVERYTHING, 2)
    del document[key]
    document["scenarios" if key != "scenarios" else "more"] = [{}]

    assert errors(document)


def test_every_field_of_what_is_described_is_required():
    def objects(node):
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for value in node.values():
                yield from objects(value)

    for node in objects(check_schema()):
        assert node["required"] == list(node["properties"])
        assert node["additionalProperties"] is False


def test_a_scenario_that_was_checked_is_valid(tmp_path):
    text = (ROOT / "scenarios/workspace-missing.yaml").read_text("utf-8")
    path = tmp_path / "plan.yaml"
    path.write_text(text.replace("devices: 2000", "devices: 60"), "utf-8")

    found = check_scenario(load_scenario(str(path)))
    document = written([found], 1)

    assert errors(document) == []
    assert len(found.expectations) == len(document["scenarios"][0]["expectations"]) == 4
    lines = path.read_text("utf-8").splitlines()
    for one in document["scenarios"][0]["expectations"]:
        assert one["text"] in lines[one["line"] - 1]


def test_values_come_as_judged():
    (one,) = written(
        [
            CheckResult(
                "a.yaml", "a", expectations=(ExpectationResult("x", "passed", 1 / 3),), lines=(1,)
            )
        ]
    )["scenarios"][0]["expectations"]

    assert one["observed"] == 0.333333
    assert {judged.outcome for judged in ALL} == {"passed", "warned", "failed", "inconclusive"}
