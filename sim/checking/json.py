"""The results of a check as JSON for programs; check.schema.json beside this file describes it.

Values are rounded to six decimals, instants and durations are in seconds, and what is unknown is
null. Nothing in the document depends on the machine or on the time.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.checking.results import BaselineResult, CheckResult, worst
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult

FORMAT = 1
"""Counts changes that a reader of the JSON would notice; additions do not count."""


def check_document(results: Sequence[CheckResult], version: str, exit_code: int) -> dict[str, Any]:
    """Return all results as plain values; *version* is that of fleetsim."""
    return {
        "format": FORMAT,
        "version": version,
        "outcome": worst(results),
        "exit_code": exit_code,
        "scenarios": [_scenario(result) for result in results],
    }


def check_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    text = Path(__file__).with_name("check.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _scenario(result: CheckResult) -> dict[str, Any]:
    return {
        "file": result.file,
        "name": result.name,
        "seed": result.seed,
        "replications": None if result.seed is None else result.replications,
        "devices": result.devices,
        "outcome": result.outcome,
        "ran": bool(result.log_digest),
        "events": result.log_digest or None,
        "problems": [_problem(problem) for problem in result.problems],
        "expectations": [
            _expectation(result, expectation, line)
            for expectation, line in zip(result.expectations, result.lines, strict=True)
        ],
        "baseline": None if result.baseline is None else _baseline(result.baseline),
        "replay": result.replay() or None,
        "notes": list(result.notes),
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


def _expectation(result: CheckResult, expectation: ExpectationResult, line: int) -> dict[str, Any]:
    replay = result.replay(expectation)
    return {**expectation.as_document(), "line": line or None, "replay": replay}


def _baseline(baseline: BaselineResult) -> dict[str, Any]:
    return {
        "outcome": baseline.outcome,
        "covers": baseline.scope,
        "told": list(baseline.differences),
    }
