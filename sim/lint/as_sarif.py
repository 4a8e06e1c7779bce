"""Findings as SARIF 2.1.0, which code hosts and editors show beside the lines of the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sim.lint.catalogue import CHECKS, Check
from sim.lint.finding import Finding
from sim.lint.judging import LintReport
from sim.reference.rules import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PLACES = {id: place for place, id in enumerate(CHECKS)}


def sarif_document(judged: Sequence[LintReport], version: str) -> dict[str, Any]:
    """Return one run over all scenarios; *version* is that of fleetsim."""
    driver = {
        "name": "fleetsim",
        "semanticVersion": version,
        "rules": [_rule(check) for check in CHECKS.values()],
    }
    results = [_result(finding) for one in judged for finding in one.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> dict[str, Any]:
    behind = RULES.get(check.rule)
    told = f"{check.help} Rule {behind.id}: {behind.text}" if behind else check.help
    return {
        "id": check.id,
        "shortDescription": {"text": f"{check.title}."},
        "fullDescription": {"text": check.help},
        "help": {"text": told},
        "defaultConfiguration": {"level": check.severity},
    }


def _result(finding: Finding) -> dict[str, Any]:
    said = "; ".join(filter(None, (finding.what, finding.advice)))
    properties: dict[str, Any] = {"devices": list(finding.devices)}
    properties |= {"rule": finding.rule} if finding.rule else {}
    properties |= {"cause": finding.cause} if finding.cause else {}
    return {
        "ruleId": finding.id,
        "ruleIndex": _PLACES[finding.id],
        "level": finding.severity,
        "message": {"text": f"{said}."},
        "locations": [_location(finding)],
        "properties": properties,
    }


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return location


def _uri(file: str) -> str:
    """Return a file's name as a relative reference, or as a file URI when it is absolute."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
