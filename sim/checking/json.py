"""What a check found, as JSON for programs; its form is told by check.schema.json beside this file.

Judged values come rounded to six decimals, instants and durations in seconds; what is not known is
null. Nothing in it depends on the machine or on when it was made.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.checking.results import BaselineResult, CheckResult, worst
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult

FORMAT = 1
"""Counts changes that a reader of the JSON would notice; what is added does not count."""


def check_document(checked: Sequence[CheckResult], version: str, exit_code: int) -> dict[str, Any]:
    """Return all that was found as plain values; *version* is that of fleetsim."""
    return {
        "format": FORMAT,
        "version": version,
        "outcome": worst(checked),
        "exit_code": exit_code,
        "scenarios": [_scenario(one) for one in checked],
    }


def check_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    text = Path(__file__).with_name("check.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _scenario(one: CheckResult) -> dict[str, Any]:
    return {
        "file": one.file,
        "name": one.name,
        "seed": one.seed,
        "replications": None if one.seed is None else one.replications,
        "devices": one.devices,
        "outcome": one.outcome,
        "ran": bool(one.events),
        "events": one.events or None,
        "problems": [_problem(problem) for problem in one.problems],
        "expectations": [
            _expectation(one, judged, line)
            for judged, line in zip(one.judged, one.lines, strict=True)
        ],
        "baseline": None if one.baseline is None else _baseline(one.baseline),
        "replay": one.replay() or None,
        "notes": list(one.notes),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line or None,
        "path": problem.path,
        "what": problem.what,
        "expected": problem.expected,
        "suggestion": problem.suggestion,
    }


def _expectation(one: CheckResult, judged: ExpectationResult, line: int) -> dict[str, Any]:
    return {**judged.as_document(), "line": line or None, "replay": one.replay(judged)}


def _baseline(against: BaselineResult) -> dict[str, Any]:
    return {"outcome": against.outcome, "covers": against.covers, "told": list(against.told)}
