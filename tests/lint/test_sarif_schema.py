"""What lint prints as SARIF is valid by the schema of the standard."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker

from sim.lint.forms import sarif_document
from sim.lint.linting import LintReport, lint_file
from tests.lint.linted import a_server, found, workstations
from tests.project.tree import ROOT

SCHEMA = json.loads((Path(__file__).parent / "data/sarif-schema-2.1.0.json").read_text("utf-8"))


def errors(judged):
    return errors_of(sarif_document(judged, "1.2.3"))


def errors_of(document):
    validator = Draft4Validator(SCHEMA, format_checker=FormatChecker())
    found = validator.iter_errors(json.loads(json.dumps(document)))
    return [f"{error.json_path}: {error.message}" for error in found]


def test_the_schema_is_one():
    Draft4Validator.check_schema(SCHEMA)


def test_findings_are_valid_sarif(tmp_path):
    findings = found(tmp_path, [*workstations(), *a_server() * 5])

    assert findings
    assert errors([LintReport("plans/linted.yaml", findings)]) == []


def test_a_document_without_findings_is_valid_sarif():
    assert errors([]) == []
    assert errors([LintReport("a.yaml", ())]) == []


def test_a_scenario_that_cannot_be_used_is_valid_sarif(tmp_path):
    path = tmp_path / "a b, c: é #1 50%.yaml"
    path.write_text("format: 1\nnmae: x\n")

    assert errors([lint_file(path), lint_file(tmp_path / "missing.yaml")]) == []


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_what_is_said_of_the_shipped_scenarios_is_valid_sarif(path):
    assert errors([lint_file(path)]) == []


def test_the_schema_finds_what_is_wrong():
    document = sarif_document([], "1.2.3")
    document["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] = "fatal"

    (told,) = errors_of(document)
    assert "'fatal' is not one of" in told
