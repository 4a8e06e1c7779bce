"""The one-screen summary of several replications: each figure as P10, P50 and P90."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sim.output.style_text import (
    count_text,
    day_text,
    elapsed_text,
    percent_text,
    printable,
    share_of,
    wall_time,
    words,
)
from sim.output.summary_text import LINES, cause_lines, clipped, expectation_lines
from sim.reference.remedies import Remedy

_STATUSES = ("onboarded", "failed", "waiting", "not_targeted", "offboarded")
_ALWAYS = ("onboarded", "failed")
_ENDS = ("p10", "p50", "p90")
_LEVELS = ("50", "90", "95")


def several_lines(
    summary: Mapping[str, Any],
    remedies: Mapping[str, Remedy],
    expectations: Sequence[Mapping[str, Any]],
    start: datetime,
    width: int = 80,
    report_path: str = "",
    promise: str = "",
) -> list[str]:
    """Return the lines that tell a person at a terminal how several replications went.

    *promise* says between which dates the one under P90 lies. The causes are those of the middle
    replication in each; what does not fit is counted.
    """
    head = [*_heading(summary), *_counts(summary), *_desk(summary), ""]
    told = [f"  {line}" for line in textwrap.wrap(promise, width - 2)]
    tail = [*_times(summary, start), *told, *expectation_lines(expectations, width)]
    if report_path:
        tail.append(f"Report: {printable(report_path)}")
    causes = {cause: round(one["p50"]) for cause, one in summary["causes"].items()}
    room = LINES - len(head) - len(tail) - 1
    held = cause_lines({"causes": causes}, remedies, width, room)
    lines = [*head, *held, *([""] if held else []), *tail]
    return [clipped(line, width) for line in lines]


def _heading(summary: Mapping[str, Any]) -> Iterator[str]:
    name, seed = printable(summary["scenario"]), summary["seed"]
    yield f"{name} · seed {seed} · {count_text(summary['replications'])} replications"
    middle = {name: count_text(round(summary[name]["p50"])) for name in ("devices", "eligible")}
    left = count_text(round(summary["not_eligible"]["p50"]))
    yield (
        f"{middle['devices']} devices at the end: {middle['eligible']} eligible,"
        f" {left} not eligible"
    )


def _counts(summary: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {'':<13}{'P10':>9}{'P50':>9}{'P90':>9}"
    for status in _STATUSES:
        figures = summary[status]
        if status not in _ALWAYS and not figures["p90"]:
            continue
        cells = "".join(f"{count_text(round(figures[end])):>9}" for end in _ENDS)
        line = f"  {words(status):<13}{cells}"
        if status == "onboarded":
            share = percent_text(share_of(figures["p50"], summary["eligible"]["p50"]))
            line += f"   P50: {share} of eligible"
        yield line


def _desk(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the support desk did, where there is one."""
    desk = summary.get("support_desk")
    if desk is None:
        return
    for name, title in (("repaired", "Repaired"), ("waiting", "Tickets wait")):
        cells = "".join(f"{count_text(round(desk[name][end])):>9}" for end in _ENDS)
        yield f"  {title:<13}{cells}"


def _times(summary: Mapping[str, Any], start: datetime) -> Iterator[str]:
    """Yield when each level was reached; of what the plan brings, where it brings another thing."""
    told = summary.get("headline")
    title = {
        None: "Coverage",
        "payload": "New payload",
        "offboarding": "Offboarded",
        "mde_client": "MDE client",
    }[told and told["about"]]
    yield f"  {title:<13}" + "".join(f"{end.upper():<22}" for end in _ENDS).rstrip()
    for level in _LEVELS:
        times = (told or summary)["time_to"][level]
        cells = "".join(f"{_time(times[end], start):<22}" for end in _ENDS)
        yield f"  {level + ' %':<13}{cells.rstrip()}"


def _time(seconds: float | None, start: datetime) -> str:
    if seconds is None:
        return "not reached"
    if not seconds:
        return "at the start"
    whole = round(seconds)
    return f"{elapsed_text(whole)} ({day_text(wall_time(start, whole))})"
