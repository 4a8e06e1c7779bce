"""The one-screen summary that a run ends with, in plain text.

It says who is onboarded, what holds the other devices back and what to do about it, when coverage
is reached, which expectations are met, and where the report is. Sentences are wrapped at the width
of the terminal and never cut. LINES lines are enough where names and expectations are short: causes
and expectations that do not fit are counted. Of several replications each figure is shown as P10,
P50 and P90.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sim.accounts.headline import HEADLINE_TEXTS, LEVELS, headline_of
from sim.judging.ranges import DEFAULT_CONFIDENCE
from sim.judging.statistics import percentile_ranks, required_for_percentile
from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.runs.experiment import Experiment
from sim.runs.refused_steps import RefusedStep
from sim.text.expectations import outcome_text
from sim.text.numbers import (
    count_text,
    elapsed_text,
    outcome_word,
    percent_text,
    plural,
    printable,
    reached_text,
    remedy_for,
    share_of,
    words,
    wrapped,
)
from sim.vocabulary import MEASURES

LINES = 24
_STATUSES = ("onboarded", "failed", "waiting", "not_targeted", "offboarded")
_SHARED = ("onboarded", "protected")
_ROWS = (*_SHARED, *_STATUSES[1:])
_ALWAYS = (*_SHARED, "failed")
_WAITING = frozenset(CAUSES[CAUSES.index("awaiting_collection") :])
_MAX_EXPECTATIONS = 5
_MIN_CAUSE_LINES = 5
"""Fewer expectations are shown where less would be left for the causes."""
_MIN_UNMET = 3
"""As many unmet expectations are shown at least, if there are so many."""
_MAX_REFUSED = 3
"""The refused steps that are shown; others are counted."""
_WORST_FIRST = ("failed", "warned", "inconclusive", "reported", "passed")
_ENDS = ("p10", "p50", "p90")
_LEVEL_WIDTH = 10
"""The titles are longer; they reach into the first column, whose heading stands at its right."""
_NO_BREAK = "\N{NO-BREAK SPACE}"
_REPORT = "Report: "


def experiment_lines(experiment: Experiment, width: int = 80, report_path: str = "") -> list[str]:
    """Return the lines that tell a person at a terminal how a run went."""
    start = experiment.first.prepared.clock.datetime_at(0)
    expectations = list(map(outcome_text, experiment.expectations))
    refused = experiment.refused_steps
    if not experiment.is_single:
        promise = p90_interval(experiment)
        return replications_lines(
            experiment.summary, expectations, start, width, report_path, promise, refused
        )
    number = experiment.results[0].number
    figures = experiment.summary
    return summary_lines(figures, expectations, start, width, report_path, number, refused)


def summary_lines(
    summary: Mapping[str, Any],
    expectations: Sequence[Mapping[str, Any]],
    start: datetime,
    width: int = 80,
    report_path: str = "",
    replication: int = 1,
    refused: Sequence[tuple[RefusedStep, int]] = (),
) -> list[str]:
    """Return the summary of one replication, which is named unless it is the first.

    The steps that the site *refused* stand before the figures, which they explain. Causes are
    shown with the devices that they hold back, expectations with the unmet ones first.
    """
    which = f" · replication {replication}" if replication > 1 else ""
    title, devices = _heading(summary, which, summary.get)
    head = [title, *refusal_lines(refused), devices]
    head += [*_counts(summary), *_payloads(summary), *_desk(summary)]
    times = _milestones(summary, start)
    can = [each for each in expectations if each.get("reason") != "too_few_replications"]
    left = len(expectations) - len(can)
    verb = "needs" if left == 1 else "need"
    hint = [f"  {left} {verb} several replications; set replications"] if left else []
    causes = summary.get("causes", {})
    return _screen(head, causes, times, can, len(expectations), hint, width, report_path)


def replications_lines(
    summary: Mapping[str, Any],
    expectations: Sequence[Mapping[str, Any]],
    start: datetime,
    width: int = 80,
    report_path: str = "",
    promise: str = "",
    refused: Sequence[tuple[RefusedStep, int]] = (),
) -> list[str]:
    """Return the summary of several replications, the steps that the site *refused* first.

    *promise* says between which dates the one under P90 lies. The number of devices that a cause
    holds back is the median over the replications.
    """
    which = f" · {count_text(summary['replications'])} replications"
    title, devices = _heading(summary, which, lambda key: round(summary[key]["p50"]))
    head = [title, *refusal_lines(refused, summary["replications"]), devices]
    head += [*_count_rows(summary), *_desk_rows(summary)]
    times = [*_times(summary, start), *([f"  {promise}"] if promise else [])]
    causes = {cause: round(each["p50"]) for cause, each in summary["causes"].items()}
    return _screen(head, causes, times, expectations, len(expectations), [], width, report_path)


def _screen(
    head: Sequence[str],
    causes: Mapping[str, int],
    times: Sequence[str],
    expectations: Sequence[Mapping[str, Any]],
    of: int,
    hint: Sequence[str],
    width: int,
    report_path: str,
) -> list[str]:
    """Put the parts together, with as many causes and expectations as fit on the screen."""
    head, times = _wrapped(head, width), _wrapped(times, width)
    where = [f"{_REPORT}{printable(report_path)}"] if report_path else []
    unmet = sum(outcome_word(each) != "passed" for each in expectations)
    for limit in range(_MAX_EXPECTATIONS, 0, -1):
        judged = [*expectation_lines(expectations, width, of, limit), *hint]
        room = LINES - len(head) - len(times) - len(judged) - len(where) - 2
        if room >= _MIN_CAUSE_LINES or limit <= min(max(unmet, 1), _MIN_UNMET):
            break
    held = cause_lines(causes, width, max(room, _MIN_CAUSE_LINES))
    return [*head, "", *held, *([""] if held else []), *times, *judged, *where]


def _wrapped(lines: Iterable[str], width: int, indent: int = 10) -> list[str]:
    return [line.replace(_NO_BREAK, " ") for line in wrapped(lines, width, indent)]


def _heading(
    summary: Mapping[str, Any], which: str, number: Callable[[str], float | None]
) -> Iterator[str]:
    yield f"{printable(summary.get('scenario', ''))} · seed {summary.get('seed', '')}{which}"
    devices, eligible, left = map(count_text, map(number, ("devices", "eligible", "not_eligible")))
    yield f"{plural(devices, 'device')} at the end: {eligible} eligible, {left} not eligible"


def refusal_lines(refused: Sequence[tuple[RefusedStep, int]], of: int = 1) -> Iterator[str]:
    """Yield each refused step with whose it is, why, and what to do; further ones are counted."""
    for each, number in refused[:_MAX_REFUSED]:
        where = "" if of == 1 else f" in {count_text(number)} of {count_text(of)} replications"
        yield (
            f'  Refused{where}: step "{printable(each.name)}" by {printable(each.administrator)}:'
            f" {printable(each.why)} ({each.cause}, {each.rule})"
        )
        yield f"{'':10}{printable(each.advice[0].upper() + each.advice[1:])}."
    if len(refused) > _MAX_REFUSED:
        more = plural(len(refused) - _MAX_REFUSED, "more step", "more steps")
        yield f"  Refused: {more}, in the report"


def _counts(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each status, with the onboarded as console and portal show them."""
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
        if status == "onboarded":
            yield _protected(summary.get("protected"), summary.get("eligible"))


def _protected(number: float | None, eligible: float | None) -> str:
    """Return the line below the onboarded devices: those that the service hears of."""
    share = percent_text(share_of(number, eligible))
    return (
        f"  {'Protected':<13}{count_text(number):>9}  {share:>8}"
        " of eligible   (onboarded and reporting)"
    )


def _payloads(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many devices use which payload, where there is more than one."""
    payloads = summary.get("payload_in_use", {})
    if len(payloads) > 1:
        parts = ", ".join(f"{printable(name)} {count_text(n)}" for name, n in payloads.items())
        yield f"  Payload in use: {parts}"


def _desk(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the support desk did, if there is one."""
    desk = summary.get("support_desk")
    if desk is None:
        return
    cleared = desk["cleared"]
    queue = "never done" if cleared is None else f"done in {elapsed_text(cleared)}"
    if not desk["opened"]:
        queue = "no tickets"
    technicians = plural(desk["technicians"], "technician")
    opened, waiting = count_text(desk["opened"]), count_text(desk["waiting"])
    repaired = count_text(desk["repaired"])
    yield f"  {technicians}: {repaired} of {opened} tickets repaired, {waiting} wait, {queue}"
    not_found = desk["taken"] - desk["repaired"] - desk["in_work"]
    closed = desk["closed_without_work"] - not_found
    if not_found or closed:
        vain = f"{count_text(not_found)} worked on without result: computer not found"
        yield f"  {vain}; {count_text(closed)} closed without work"


def cause_lines(causes: Mapping[str, int], width: int, room: int) -> list[str]:
    """Return each cause with its number and remedy, failures before waits, the biggest first.

    A remedy stands whole or not at all; causes for which there is no room are counted.
    """
    counts = {cause: n for cause, n in causes.items() if n and cause != "not_targeted"}
    ordered = sorted(counts, key=lambda cause: (cause in _WAITING, -counts[cause], cause))
    if not ordered:
        return []
    lines = ["What holds devices back, and what to do"]
    for place, cause in enumerate(ordered):
        title, remedy = _cause(counts[cause], cause, width)
        left = room - len(lines) - (place + 1 < len(ordered))
        if len(title) > left and place:
            rest = ordered[place:]
            devices = count_text(sum(counts[each] for each in rest))
            return [*lines, f"{devices:>7}  {plural(len(rest), 'more cause')}, in the report"]
        lines += [*title, *(remedy if len(title) + len(remedy) <= left else [])]
    return lines


def _cause(number: int, cause: str, width: int) -> tuple[list[str], list[str]]:
    """Return the lines of a cause, and those of its remedy."""
    remedy = remedy_for(cause, CAUSE_TABLE)
    names = ", ".join(filter(None, (cause, remedy.rule)))
    title = f"{count_text(number):>7}  {remedy.title} ({names})"
    what_to_do = [f"{'':9}{remedy.remedy}"] if remedy.remedy else []
    return _wrapped([title], width, 9), _wrapped(what_to_do, width, 9)


def _view(headline: Mapping[str, Any]) -> str:
    """Say that coverage is what is true; an expectation mostly asks what the console shows."""
    return ", on the devices" if headline["about"] == "coverage" else ""


def _milestones(summary: Mapping[str, Any], start: datetime) -> list[str]:
    """Return when 50, 90 and 95 % of the devices were as wanted.

    That is onboarded; or what the plan brings, where they were onboarded before it began.
    """
    headline = headline_of(summary)
    share = f"{percent_text(headline['percent'])} of {count_text(headline['of'])}"
    title = HEADLINE_TEXTS[headline["about"]].line.format(
        payload=printable(headline.get("payload")), share=share
    )
    times = headline["time_to"]
    parts = [f"{level} % {_time(times.get(str(level)), start)}" for level in LEVELS]
    return [
        f"{title}{_view(headline)}: " + " · ".join(part.replace(" ", _NO_BREAK) for part in parts)
    ]


_ASKED = re.compile(rf"(\w+\s*\.\s*)?\b(?:{'|'.join(MEASURES)})\b")
_FILTERS = re.compile(r"'[^']*'|\"[^\"]*\"|\{[^}]*\}")


def _view_note(expectations: Sequence[Mapping[str, Any]]) -> str:
    """Say which view an expectation asks unless it names one; empty if each names its view."""
    texts = [_FILTERS.sub("", each["text"]) for each in expectations]
    names_all = all(view for text in texts for view in _ASKED.findall(text))
    return "" if names_all else " (in the console unless they name another view)"


def expectation_lines(
    expectations: Sequence[Mapping[str, Any]], width: int, of: int, limit: int
) -> list[str]:
    """Return each expectation with its outcome and what was observed, the unmet ones first.

    At most *limit* are shown, the others counted; *of* is how many the scenario has. Where both
    have no room on a line, what was observed stands below the expectation.
    """
    if not of:
        return []
    outcomes = list(map(outcome_word, expectations))
    pairs = list(zip(outcomes, expectations, strict=True))
    ordered = sorted(pairs, key=lambda pair: _WORST_FIRST.index(pair[0]))
    passed = f"{outcomes.count('passed')} of {of} passed"
    lines = [f"Expectations: {passed}{_view_note(expectations)}"]
    for word, each in ordered[:limit]:
        text, observed = f"  {word:<13}{printable(each['text'])}", f"{each['short']}"
        if len(text) + len(observed) + 3 <= width:
            lines.append(f"{text} ({observed})")
        else:
            lines += _wrapped([text, f"{'':15}{observed}"], width, 15)
    if len(ordered) > limit:
        lines.append(f"  and {len(ordered) - limit} more, in the report")
    return lines


def _count_rows(summary: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {'':<13}{'P10':>9}{'P50':>9}{'P90':>9}"
    for status in _ROWS:
        figures = summary[status]
        if status not in _ALWAYS and not figures["p90"]:
            continue
        cells = "".join(f"{count_text(round(figures[end])):>9}" for end in _ENDS)
        line = f"  {words(status):<13}{cells}"
        if status in _SHARED:
            share = percent_text(share_of(figures["p50"], summary["eligible"]["p50"]))
            line += f"   P50: {share} of eligible"
        yield line


def _desk_rows(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the support desk did, if there is one."""
    desk = summary.get("support_desk")
    if desk is None:
        return
    rows = {"repaired": "Repaired"}
    if desk["waiting"]["p90"]:
        rows["waiting"] = "Tickets wait"
    for name, title in rows.items():
        cells = "".join(f"{count_text(round(desk[name][end])):>9}" for end in _ENDS)
        yield f"  {title:<13}{cells}"


def _times(summary: Mapping[str, Any], start: datetime) -> Iterator[str]:
    """Yield when each level was reached: of coverage, or of what the plan brings instead."""
    headline = headline_of(summary)
    title = f"{HEADLINE_TEXTS[headline['about']].title}{_view(headline)}"
    ends = "".join(f"{end.upper():>22}" for end in _ENDS)
    yield f"{title}{ends[len(title) - _LEVEL_WIDTH :]}"
    for level in LEVELS:
        times = headline["time_to"][str(level)]
        cells = "".join(f"{_time(times[end], start):>22}" for end in _ENDS)
        yield f"{f'  {level} %':<{_LEVEL_WIDTH}}{cells}"


def _time(seconds: float | None, start: datetime) -> str:
    if seconds is None:
        return "not reached"
    return reached_text(seconds, start) if seconds else "at the start"


_PER_CENT = 90


def p90_interval(experiment: Experiment) -> str:
    """Return between which dates the P90 of the highest level that has one lies.

    With 95 % confidence, from the order of the replications alone. The interval has no later end
    where the replications are too few for one. Empty for replications without a P90.
    """
    if len(experiment.results) < required_for_percentile(_PER_CENT):
        return ""
    start = experiment.first.prepared.clock.datetime_at(0)
    figures = headline_of(experiment.summary)["time_to"]
    levels = [str(level) for level in LEVELS if figures[str(level)]["p90"] is not None]
    if not levels:
        return ""
    level = levels[-1]
    reached = [headline_of(each.summary)["time_to"][level] for each in experiment.results]
    times = sorted(math.inf if time is None else time for time in reached)
    lower, upper = percentile_ranks(len(times), _PER_CENT, DEFAULT_CONFIDENCE)
    low = 0 if lower is None else times[lower]
    high = math.inf if upper is None else times[upper]
    interval = f"at {reached_text(low, start)} or later; more replications narrow it"
    if not math.isinf(high):
        interval = f"between {reached_text(low, start)} and {reached_text(high, start)}"
    return f"The P90 of {level} % lies {interval} ({100 * DEFAULT_CONFIDENCE:g} % confidence)."
