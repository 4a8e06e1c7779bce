"""Findings as people and programs read them: lines of text, JSON, SARIF 2.1.0, device lists.

docs/lint.md describes each form.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sim.fleet.cells import csv_line, neutralize
from sim.lint.catalogue import CHECKS, SEVERITIES, Check, Finding
from sim.lint.linting import LintReport
from sim.reference.rules import RULES
from sim.scenario.places import one_line
from sim.text.numbers import join_words, names_text, plural

MAX_NAMED = 3
"""The most devices that a line names; the others are counted."""

Paint = Callable[[str, str], str]
"""Returns a word as a terminal shows it; takes the word and a severity."""


def plain_word(word: str, severity: str) -> str:
    """Return a word without colour."""
    return word


def lint_lines(linted: Sequence[LintReport], paint: Paint = plain_word) -> Iterator[str]:
    """Yield `FILE:LINE: path: severity ID: sentence; what to do [RULE]`, then a summary."""
    for report in linted:
        for finding in report.findings:
            yield _line(finding, paint)
    yield summary(linted)


def _line(finding: Finding, paint: Paint) -> str:
    file = one_line(finding.file)
    place = f"{file}:{finding.line}: " if finding.line else f"{file}: "
    place += f"{finding.path}: " if finding.path else ""
    label = paint(f"{finding.severity} {finding.id}", finding.severity)
    said = "; ".join(filter(None, (finding.what + _named(finding.devices), finding.advice)))
    rule = f" [{finding.rule}]" if finding.rule else ""
    return f"{place}{label}: {said}{rule}"


def _named(devices: Sequence[str]) -> str:
    return f" ({names_text(devices, MAX_NAMED)})" if devices else ""


def summary(linted: Sequence[LintReport]) -> str:
    """Return how many findings there are, by severity."""
    counts = {severity: sum(report.count(severity) for report in linted) for severity in SEVERITIES}
    found = [plural(number, severity) for severity, number in counts.items() if number]
    return f"{plural(len(linted), 'scenario')}: {join_words(found) if found else 'no findings'}"


FORMAT = 1
"""Increases when a change would break a program that reads the JSON; new keys do not."""

ListNames = Mapping[int, str]
"""The file with a finding's devices, by the finding's identity; see `device_lists`."""


def lint_document(linted: Sequence[LintReport], lists: ListNames | None = None) -> dict[str, Any]:
    """Return all findings as plain values, devices in full."""
    return {
        "format": FORMAT,
        "scenarios": [
            {
                "file": report.file,
                **{f"{severity}s": report.count(severity) for severity in SEVERITIES},
                "findings": [_json_entry(finding, lists or {}) for finding in report.findings],
            }
            for report in linted
        ],
    }


def _json_entry(finding: Finding, lists: ListNames) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": finding.id,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line or None,
        "path": finding.path,
        "what": finding.what,
        "advice": finding.advice,
        "rule": finding.rule or None,
        "cause": finding.cause or None,
        "device_count": len(finding.devices),
        "devices": list(finding.devices),
        "story": list(finding.story),
    }
    if id(finding) in lists:
        entry["device_list"] = lists[id(finding)]
    return entry


SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_CHECK_INDEX = {id: place for place, id in enumerate(CHECKS)}


def sarif_document(linted: Sequence[LintReport], version: str) -> dict[str, Any]:
    """Return one run over all scenarios; *version* is that of fleetsim."""
    driver = {
        "name": "fleetsim",
        "semanticVersion": version,
        "rules": [_sarif_rule(check) for check in CHECKS.values()],
    }
    results = [_sarif_result(finding) for report in linted for finding in report.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_rule(check: Check) -> dict[str, Any]:
    behind = RULES.get(check.rule)
    help_text = f"{check.help} Rule {behind.id}: {behind.text}" if behind else check.help
    return {
        "id": check.id,
        "shortDescription": {"text": f"{check.title}."},
        "fullDescription": {"text": check.help},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": check.severity},
    }


def _sarif_result(finding: Finding) -> dict[str, Any]:
    said = "; ".join(filter(None, (finding.what, finding.advice)))
    properties: dict[str, Any] = {"devices": list(finding.devices)}
    properties |= {"rule": finding.rule} if finding.rule else {}
    properties |= {"cause": finding.cause} if finding.cause else {}
    return {
        "ruleId": finding.id,
        "ruleIndex": _CHECK_INDEX[finding.id],
        "level": finding.severity,
        "message": {"text": f"{said}."},
        "locations": [_sarif_location(finding)],
        "properties": properties,
    }


def _sarif_location(finding: Finding) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class DeviceList:
    """One file of device names."""

    name: str
    """The name of the file, such as `pilot-LNT-102-1.csv`."""
    text: str
    finding: Finding


def device_lists(linted: Sequence[LintReport]) -> tuple[DeviceList, ...]:
    """Return a list for each finding that concerns devices, in the order of the findings.

    Names are those of the scenario and the finding, numbered; no two are the same.
    """
    used: Counter[str] = Counter()
    found = []
    for report in linted:
        for finding in report.findings:
            if finding.devices:
                stem = f"{Path(report.file).stem}-{finding.id}"
                used[stem.casefold()] += 1
                name = f"{stem}-{used[stem.casefold()]}.csv"
                found.append(DeviceList(name, _list_text(finding.devices), finding))
    return tuple(found)


def _list_text(devices: Sequence[str]) -> str:
    return csv_line(["name"]) + "".join(csv_line([neutralize(name)]) for name in devices)
