"""The one-screen summary that a run ends with, in plain text.

At most LINES lines, none wider than asked: who is onboarded, what holds the others back and what
to do, when coverage is reached, what was expected, where the report is. Imports nothing heavy.

The one-screen summary of several replications: each figure as P10, P50 and P90.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sim.accounts.headline import HEADLINE_TEXTS, LEVELS, headline_of
from sim.reference.causes import Remedy
from sim.text.numbers import (
    count_text,
    cut,
    day_text,
    elapsed_text,
    outcome_word,
    percent_text,
    printable,
    remedy_for,
    share_of,
    wall_time,
    words,
)
from sim.vocabulary import CAUSES

LINES = 24
_STATUSES = ("onboarded", "failed", "waiting", "not_targeted", "offboarded")
_WAITING = frozenset(CAUSES[CAUSES.index("awaiting_collection") :])
_MOST_EXPECTATIONS = 5
_WORST_FIRST = ("failed", "warned", "inconclusive", "reported", "passed")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def summary_lines(
    summary: Mapping[str, Any],
    remedies: Mapping[str, Remedy],
    expectations: Sequence[Mapping[str, Any]],
    start: datetime,
    width: int = 80,
    report_path: str = "",
    replication: int = 1,
) -> list[str]:
    """Return the lines that tell a person at a terminal how the run went.

    A *replication* other than the first is named. What does not fit is counted, never dropped
    silently: the expectations beyond the first few, and the causes that hold back the fewest
    devices.
    """
    which = f" · replication {replication}" if replication > 1 else ""
    head = [*_heading(summary, which), *_counts(summary), *_payloads(summary), *_desk(summary), ""]
    tail = [*_milestones(summary, start, width), *_judged_alone(expectations, width)]
    if report_path:
        tail.append(f"Report: {printable(report_path)}")
    causes = cause_lines(summary, remedies, width, LINES - len(head) - len(tail) - 1)
    lines = [*head, *causes, *([""] if causes else []), *tail]
    return [clipped(line, width) for line in lines]


def clipped(line: str, width: int) -> str:
    """Return a line that fits; the report's place is given whole, so that it can be copied."""
    if len(line) <= width or line.startswith("Report: "):
        return line
    return line[: width - 1] + "…"


def _heading(summary: Mapping[str, Any], which: str) -> Iterable[str]:
    yield f"{printable(summary.get('scenario', ''))} · seed {summary.get('seed', '')}{which}"
    yield (
        f"{count_text(summary.get('devices'))} devices at the end: "
        f"{count_text(summary.get('eligible'))} eligible, "
        f"{count_text(summary.get('not_eligible'))} not eligible"
    )


def _counts(summary: Mapping[str, Any]) -> Iterable[str]:
    """Yield a line for each status, and beside the onboarded what console and portal show."""
    console, portal = summary.get("console", {}), summary.get("portal", {})
    for status in _STATUSES:
        number = summary.get(status)
        if status == "offboarded" and not number:
            continue
        share = percent_text(share_of(number, summary.get("eligible")))
        line = f"  {words(status):<13}{count_text(number):>9}  {share:>8}"
        if status == "onboarded":
            line += (
                f" of eligible   (console {count_text(console.get('onboarded'))},"
                f" portal {count_text(portal.get('onboarded'))})"
            )
        yield line


def _payloads(summary: Mapping[str, Any]) -> Iterable[str]:
    """Yield how many devices use which payload, where there is more than one."""
    in_use = summary.get("payload_in_use", {})
    if len(in_use) > 1:
        parts = ", ".join(f"{printable(name)} {count_text(n)}" for name, n in in_use.items())
        yield f"  Payload in use: {parts}"


def _desk(summary: Mapping[str, Any]) -> Iterable[str]:
    """Yield what the support desk did, where there is one."""
    desk = summary.get("support_desk")
    if desk is None:
        return
    cleared = desk["cleared"]
    queue = "never done" if cleared is None else f"done in {elapsed_text(cleared)}"
    if not desk["opened"]:
        queue = "no tickets"
    people = "technician" if desk["technicians"] == 1 else "technicians"
    people, repaired = f"{count_text(desk['technicians'])} {people}", count_text(desk["repaired"])
    opened, waiting = count_text(desk["opened"]), count_text(desk["waiting"])
    yield f"  {people}: {repaired} of {opened} tickets repaired, {waiting} wait, {queue}"


def cause_lines(
    summary: Mapping[str, Any], remedies: Mapping[str, Remedy], width: int, room: int
) -> list[str]:
    """Return each cause with its number and remedy, failures before waits, the biggest first.

    A remedy has its second line only where no cause has to be left to the report for it.
    """
    counts = {c: n for c, n in summary.get("causes", {}).items() if n and c != "not_targeted"}
    ordered = sorted(counts, key=lambda cause: (cause in _WAITING, -counts[cause], cause))
    if not ordered:
        return []
    told = [_cause(counts[cause], cause, remedies, width, 1) for cause in ordered]
    for place, cause in enumerate(ordered):
        whole = _cause(counts[cause], cause, remedies, width, 2)
        if sum(map(len, told)) - len(told[place]) + len(whole) < room:
            told[place] = whole
    lines = ["What holds devices back, and what to do"]
    for place, cause_lines in enumerate(told):
        if len(lines) + len(cause_lines) + (place + 1 < len(told)) > room:
            rest = ordered[place:]
            held = count_text(sum(counts[each] for each in rest))
            more = "1 more cause" if len(rest) == 1 else f"{len(rest)} more causes"
            return [*lines, f"{held:>7}  {more}, in the report"]
        lines += cause_lines
    return lines


def _cause(
    number: int, cause: str, remedies: Mapping[str, Remedy], width: int, remedy_lines: int
) -> list[str]:
    """Return one cause and its remedy, cut where it is longer than that many lines."""
    remedy = remedy_for(cause, remedies)
    names = ", ".join(filter(None, (cause, remedy.rule)))
    indent = " " * 9
    wrapped = textwrap.wrap(
        remedy.remedy,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        max_lines=remedy_lines,
        placeholder=" …",
    )
    return [f"{count_text(number):>7}  {remedy.title} ({names})", *wrapped]


def _milestones(summary: Mapping[str, Any], start: datetime, width: int) -> list[str]:
    """Return when 50, 90 and 95 % of the devices were as wanted.

    That is onboarded; or what the plan brings, where they were onboarded before it began.
    """
    headline = headline_of(summary)
    share = f"{percent_text(headline['percent'])} of {count_text(headline['of'])}"
    title = HEADLINE_TEXTS[headline["about"]].line.format(
        payload=printable(headline.get("payload")), share=share
    )
    parts = []
    for level in LEVELS:
        seconds = headline["time_to"].get(str(level))
        if seconds is None:
            parts.append(f"{level} % not reached")
        elif not seconds:
            parts.append(f"{level} % at the start")
        else:
            day = day_text(wall_time(start, seconds))
            parts.append(f"{level} % {elapsed_text(seconds)} ({day})")
    text = f"{title}: " + " · ".join(part.replace(" ", _NO_BREAK) for part in parts)
    wrapped = textwrap.wrap(text, width, subsequent_indent=" " * 10)
    return [line.replace(_NO_BREAK, " ") for line in wrapped]


def _judged_alone(expectations: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    """Return the lines of what one replication can judge, and how many expectations it cannot."""
    can = [each for each in expectations if each.get("reason") != "too_few_replications"]
    lines, left = expectation_lines(can, width, len(expectations)), len(expectations) - len(can)
    if left:
        verb = "needs" if left == 1 else "need"
        lines.append(f"  {left} {verb} several replications; see --replications")
    return lines


def expectation_lines(
    expectations: Sequence[Mapping[str, Any]], width: int, of: int | None = None
) -> list[str]:
    """Return each expectation with its outcome and what was observed, the unmet ones first.

    Where both have no room on a line what was observed stands below. Of how many they are is told
    in the heading.
    """
    of = len(expectations) if of is None else of
    if not of:
        return []
    words = list(map(outcome_word, expectations))
    pairs = list(zip(words, expectations, strict=True))
    ordered = sorted(pairs, key=lambda pair: _WORST_FIRST.index(pair[0]))
    met = words.count("passed")
    lines = [f"Expectations: {met} of {of} passed"]
    for word, each in ordered[:_MOST_EXPECTATIONS]:
        begins, text, found = f"  {word:<13}", printable(each["text"]), each["short"]
        if len(begins) + len(text) + len(found) + 3 <= width:
            lines.append(f"{begins}{text} ({found})")
        else:
            lines.append(f"{begins}{cut(text, width - len(begins))}")
            lines.append(f"{'':{len(begins)}}{found}")
    if len(ordered) > _MOST_EXPECTATIONS:
        lines.append(f"  and {len(ordered) - _MOST_EXPECTATIONS} more, in the report")
    return lines


_ALWAYS = ("onboarded", "failed")
_ENDS = ("p10", "p50", "p90")


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
    head = [*_replications_heading(summary), *_count_rows(summary), *_desk_rows(summary), ""]
    told = [f"  {line}" for line in textwrap.wrap(promise, width - 2)]
    tail = [*_times(summary, start), *told, *expectation_lines(expectations, width)]
    if report_path:
        tail.append(f"Report: {printable(report_path)}")
    causes = {cause: round(one["p50"]) for cause, one in summary["causes"].items()}
    room = LINES - len(head) - len(tail) - 1
    held = cause_lines({"causes": causes}, remedies, width, room)
    lines = [*head, *held, *([""] if held else []), *tail]
    return [clipped(line, width) for line in lines]


def _replications_heading(summary: Mapping[str, Any]) -> Iterator[str]:
    name, seed = printable(summary["scenario"]), summary["seed"]
    yield f"{name} · seed {seed} · {count_text(summary['replications'])} replications"
    middle = {name: count_text(round(summary[name]["p50"])) for name in ("devices", "eligible")}
    left = count_text(round(summary["not_eligible"]["p50"]))
    yield (
        f"{middle['devices']} devices at the end: {middle['eligible']} eligible,"
        f" {left} not eligible"
    )


def _count_rows(summary: Mapping[str, Any]) -> Iterator[str]:
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


def _desk_rows(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the support desk did, where there is one."""
    desk = summary.get("support_desk")
    if desk is None:
        return
    for name, title in (("repaired", "Repaired"), ("waiting", "Tickets wait")):
        cells = "".join(f"{count_text(round(desk[name][end])):>9}" for end in _ENDS)
        yield f"  {title:<13}{cells}"


def _times(summary: Mapping[str, Any], start: datetime) -> Iterator[str]:
    """Yield when each level was reached; of what the plan brings, where it brings another thing."""
    headline = headline_of(summary)
    title = HEADLINE_TEXTS[headline["about"]].title
    yield f"  {title:<13}" + "".join(f"{end.upper():<22}" for end in _ENDS).rstrip()
    for level in LEVELS:
        times = headline["time_to"][str(level)]
        cells = "".join(f"{_time(times[end], start):<22}" for end in _ENDS)
        yield f"  {f'{level} %':<13}{cells.rstrip()}"


def _time(seconds: float | None, start: datetime) -> str:
    if seconds is None:
        return "not reached"
    if not seconds:
        return "at the start"
    whole = round(seconds)
    return f"{elapsed_text(whole)} ({day_text(wall_time(start, whole))})"
