"""A comparison as JSON, for programs; `comparison.schema.json` beside this module describes it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.comparison.comparison import Goal, RunComparison, RunFacts
from sim.comparison.devices import MAX_NAMES, OutcomeChange, TimeChanges
from sim.comparison.estimates import CONFIDENCE, Estimate
from sim.comparison.words import answer_sentence, comparison_notes
from sim.figures.axes import tick_times

FORMAT = 1
"""Counts changes that a reader of the document would notice."""

MAX_TIMES = 10
"""About how many round times each measure has, besides the end."""


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    path = Path(__file__).with_name("comparison.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def comparison_document(c: RunComparison) -> dict[str, Any]:
    """Return the whole comparison as plain values."""
    about_a, about_b = c.headlines
    return {
        "format": FORMAT,
        "a": _run(c.a, about_a),
        "b": _run(c.b, about_b),
        "answer": {
            "text": answer_sentence(c),
            "better": c.better,
            "differs": c.differs,
            "paired": c.is_paired,
            "pairs": [list(pair) for pair in c.pairs],
            "confidence": CONFIDENCE,
            "end": c.measures.end,
            "coverage": _goal(c.coverage),
            "headline": None if c.headline is None else _goal(c.headline),
            "failed": _estimate(c.failed),
        },
        "edits": [
            {
                "path": edit.path,
                "kind": edit.kind,
                "before": edit.before,
                "after": edit.after,
                "text": edit.words,
            }
            for edit in c.edits
        ],
        "devices": _devices(c),
        "measures": _measures(c),
        "notes": list(comparison_notes(c)),
    }


def _run(run: RunFacts, about: str) -> dict[str, Any]:
    scenario = run.scenario
    return {
        "given": run.source,
        "scenario": scenario.name,
        "question": scenario.question,
        "seed": scenario.seed,
        "replications": list(run.replications),
        "start": scenario.start.isoformat(" ", "minutes"),
        "horizon": scenario.horizon,
        "interval": scenario.reporting.interval,
        "about": about,
        "version": run.version,
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "about": goal.about,
        "payload": goal.payload or None,
        "percent": _estimate(goal.percent),
        "time_to": [
            {
                "level": time.level,
                "reached_a": time.reached_a,
                "reached_b": time.reached_b,
                **_estimate(time.times),
                "a": _number(time.a),
                "b": _number(time.b),
                "p90_a": _number(time.p90_a),
                "p90_b": _number(time.p90_b),
            }
            for time in goal.time_to
        ],
    }


def _estimate(figure: Estimate) -> dict[str, Any]:
    names = ("a", "b", "difference", "low", "high")
    figures = {name: _number(getattr(figure, name)) for name in names}
    return {**figures, "replications": figure.pairs}


def _number(number: float | None) -> float | int | None:
    if number is None:
        return None
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _devices(c: RunComparison) -> dict[str, Any]:
    devices = c.devices
    return {
        "replications": [c.a.replications[0], c.b.replications[0]],
        "in_both": devices.in_both,
        "only_in_a": _named(devices.only_a),
        "only_in_b": _named(devices.only_b),
        "status_changes": _changes(devices.changes),
        "cause_changes": _changes(devices.cause_changes),
        "newly_onboarded": _named(devices.newly_onboarded),
        "no_longer_onboarded": _named(devices.no_longer_onboarded),
        "earlier": _time_changes(devices.earlier),
        "later": _time_changes(devices.later),
        "same_time": devices.same_time,
    }


def _named(names: Sequence[str]) -> dict[str, Any]:
    return {"count": len(names), "names": list(names[:MAX_NAMES])}


def _changes(changes: Sequence[OutcomeChange]) -> dict[str, Any]:
    return {
        "count": sum(len(change.names) for change in changes),
        "groups": [
            {
                "from": change.before,
                "to": change.after,
                "cause_a": change.cause_before,
                "cause_b": change.cause_after,
                **_named(change.names),
            }
            for change in changes
        ],
    }


def _time_changes(changes: TimeChanges) -> dict[str, Any]:
    return {
        "count": len(changes.devices),
        **{
            name: _number(changes.size(per_cent))
            for name, per_cent in (("p10", 10), ("median", 50), ("p90", 90), ("largest", 100))
        },
        "devices": [
            {"name": device.name, "a": device.a, "b": device.b, "difference": device.difference}
            for device in changes.devices[:MAX_NAMES]
        ],
    }


def _measures(c: RunComparison) -> list[dict[str, Any]]:
    measures = c.measures
    columns = measures.columns(tick_times(measures.end or 0, MAX_TIMES))
    return [
        {
            "measure": key.measure,
            "view": key.view,
            "label": key.label,
            "points": [_point(c, row, column) for column in columns],
            "largest": None
            if (column := measures.largest(row)) is None
            else _point(c, row, column),
        }
        for row, key in enumerate(measures.keys)
    ]


def _point(c: RunComparison, row: int, column: int) -> dict[str, Any]:
    return {
        "time": int(c.measures.instants[column]),
        **_estimate(c.measures.at(row, column)),
    }
