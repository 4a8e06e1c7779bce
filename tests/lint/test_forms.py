"""The forms in which findings are given: text, JSON, SARIF, device lists; the table of checks."""

import json
import re

import pytest

from sim.lint.catalogue import CHECKS, SEVERITIES
from sim.lint.forms import device_lists, lint_document, lint_lines, sarif_document
from sim.lint.linting import LintReport, lint_file
from sim.reference.rules import RULES
from tests.lint.linted import a_server, found, workstations
from tests.project.tree import ROOT, modules


@pytest.fixture
def judged(tmp_path):
    findings = found(tmp_path, [*workstations(), *a_server() * 5])
    return LintReport("plans/linted.yaml", findings)


def test_each_finding_is_one_line_in_the_shape_of_a_problem(judged):
    lines = list(lint_lines([judged]))
    shape = re.compile(
        r"linted\.yaml:\d+: \S+: (error|warning|note) LNT-\d{3}: .+; .+ \[[A-Z]+-\d+\]"
    )

    assert [line for line in lines[:-1] if not shape.fullmatch(line)] == []
    assert lines[-1] == "1 scenario: 1 error and 3 warnings"
    told = next(line for line in lines if "LNT-101" in line)
    assert "(PC-002, PC-003, PC-004 and 2 more); " in told


def test_no_finding_is_a_line_too(tmp_path):
    assert list(lint_lines([LintReport("a.yaml", ())])) == ["1 scenario: no findings"]


def test_json_holds_every_device_and_counts_by_severity(judged):
    document = json.loads(json.dumps(lint_document([judged])))

    (scenario,) = document["scenarios"]
    entry = next(one for one in scenario["findings"] if one["id"] == "LNT-101")
    assert document["format"] == 1
    assert (scenario["errors"], scenario["warnings"], scenario["notes"]) == (1, 3, 0)
    assert entry["devices"] == [f"PC-00{n}" for n in range(2, 7)]
    assert (entry["device_count"], entry["cause"], entry["rule"]) == (
        5, "workspace_missing", "MMA-2",
    )  # fmt: skip


def test_json_tells_the_story_of_the_first_device_where_devices_fail(judged):
    document = json.loads(json.dumps(lint_document([judged])))

    (scenario,) = document["scenarios"]
    entry = next(one for one in scenario["findings"] if one["id"] == "LNT-101")
    assert entry["story"][1] == "2026-03-02 01:00: Policy Onboard is deployed to it, through All"
    assert "Policy Onboard fails: Workspace ID or key missing" in entry["story"][-2]
    assert not any(one["story"] for one in scenario["findings"] if not one["cause"])


def test_sarif_has_what_the_standard_requires(judged):
    document = json.loads(json.dumps(sarif_document([judged, judged], "1.2.3")))

    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "fleetsim"
    assert len({rule["id"] for rule in rules}) == len(rules) == len(CHECKS)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in SEVERITIES
    assert len(run["results"]) == 2 * len(judged.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in SEVERITIES
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "linted.yaml"
        assert physical["region"]["startLine"] >= 1
    told = next(one for one in run["results"] if one["ruleId"] == "LNT-101")["properties"]
    assert (told["rule"], told["cause"], len(told["devices"])) == ("MMA-2", "workspace_missing", 5)


def test_sarif_leaves_out_what_a_finding_does_not_have(tmp_path):
    findings = found(tmp_path, expect=["coverage_pct at end >= 0.5"])
    (run,) = sarif_document([LintReport("s.yaml", findings)], "1")["runs"]

    told = next(one for one in run["results"] if one["ruleId"] == "LNT-208")
    assert told["properties"] == {"devices": []}


def test_file_names_become_references_that_sarif_readers_resolve(tmp_path):
    path = tmp_path / "a plan.yaml"
    path.write_text("format: 2\n")
    (run,) = sarif_document([lint_file(path)], "1")["runs"]

    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == path.as_uri()


def test_a_scenario_that_cannot_be_used_is_a_finding_of_its_own(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("format: 1\nnmae: x\n")
    judged = lint_file(path)

    assert {finding.id for finding in judged.findings} == {"LNT-001"}
    assert any('did you mean "name"?' in finding.advice for finding in judged.findings)
    assert lint_file(tmp_path / "missing.yaml").findings[0].what == "there is no such file"


def test_a_fleet_table_that_cannot_be_used_is_told_with_its_own_lines(tmp_path):
    (tmp_path / "fleet.csv").write_text("name,os\nPC-1,beos\n")
    path = tmp_path / "s.yaml"
    path.write_text(
        "{format: 1, name: x, start: 2026-03-02, horizon: 1 d,"
        " fleet: {import: {file: fleet.csv}}}\n"
    )
    (finding,) = lint_file(path).findings

    assert finding.file.endswith("fleet.csv")
    assert finding.line == 2


def test_unknown_members_of_a_collection_are_told_with_its_line(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(
        "format: 1\nname: x\nstart: 2026-03-02\nhorizon: 1 d\n"
        "fleet: {generate: {devices: 5}}\ncollections:\n  - {name: A, members: [NOBODY]}\n"
    )
    (finding,) = lint_file(path).findings

    assert (finding.id, finding.line) == ("LNT-001", 7)


def test_device_lists_are_one_file_a_finding_and_numbered(judged):
    lists = device_lists([judged, judged])
    names = [one.name for one in lists]

    assert "linted-LNT-101-1.csv" in names
    assert "linted-LNT-101-2.csv" in names
    assert len(set(names)) == len(names)
    assert lists[0].text.splitlines()[0] == "name"
    assert lists[0].text.splitlines()[1:] == list(lists[0].finding.devices)


def test_a_name_that_a_spreadsheet_would_run_is_neutralized(tmp_path):
    findings = found(tmp_path, [{"name": "=cmd", "os": "server-2016"}])

    assert "'=cmd" in device_lists([LintReport("s.yaml", findings)])[0].text


def test_every_check_has_a_severity_and_a_known_rule():
    assert {check.severity for check in CHECKS.values()} == set(SEVERITIES)
    assert [check.id for check in CHECKS.values() if check.rule and check.rule not in RULES] == []


def test_the_page_about_lint_lists_every_check_as_the_table_has_it():
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (LNT-\d+) \| (\w+) \| ([^|]+) \| ([^|]*) \|", page, re.MULTILINE)

    assert [(id, severity, title.strip(), rule.strip()) for id, severity, title, rule in rows] == [
        (one.id, one.severity, one.title, one.rule or "–") for one in CHECKS.values()
    ]


def test_every_check_is_shown_by_a_test():
    here = [path for path in modules("tests") if path.parent.name == "lint"]
    told = "".join(path.read_text(encoding="utf-8") for path in here)

    assert [id for id in CHECKS if f'"{id}"' not in told] == []
