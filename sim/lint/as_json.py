"""Findings as JSON, for programs; the form is told in docs/lint.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.lint.catalogue import SEVERITIES
from sim.lint.finding import Finding
from sim.lint.judging import LintReport

FORMAT = 1
"""Counts changes that a reader of the JSON would notice; what is added does not count."""

Lists = Mapping[int, str]
"""The file with a finding's devices, by the finding's identity; see `device_lists`."""


def lint_document(judged: Sequence[LintReport], lists: Lists | None = None) -> dict[str, Any]:
    """Return all findings as plain values, devices in full."""
    return {
        "format": FORMAT,
        "scenarios": [
            {
                "file": one.file,
                **{f"{severity}s": one.count(severity) for severity in SEVERITIES},
                "findings": [_entry(finding, lists or {}) for finding in one.findings],
            }
            for one in judged
        ],
    }


def _entry(finding: Finding, lists: Lists) -> dict[str, Any]:
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
    }
    if id(finding) in lists:
        entry["device_list"] = lists[id(finding)]
    return entry
