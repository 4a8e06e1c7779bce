"""One judged expectation in words: what was observed, by how much it is met or missed, how surely.

The terminal, the annotations, JUnit and the run's summary all say it with these words. A figure is
written with as many decimals as it takes to tell it from its bound: 94.97 never reads as 95.0.
"""

import math
import re
from typing import Any

from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text.numbers import NO_DATA, difference_text, figure_text

NOT_REACHED = "not reached"


def expression(judged: ExpectationResult) -> str:
    """Return the expectation as it is written, on one line and without control characters."""
    return " ".join(one_line(judged.text).split())


def observed_words(judged: ExpectationResult) -> str:
    """Return what was observed with its unit, or why there is nothing: `91.8 %`, `no data`."""
    if judged.observed is not None:
        return figure_text(judged.observed, judged.kind, _neighbours(judged))
    if judged.reason == "no_data":
        return NO_DATA
    if judged.reason == "too_few_replications" and judged.interval is None:
        return "one replication" if judged.of == 1 else "too few replications"
    if judged.kind != "duration" or judged.at_least is None:
        return "no single value"
    if judged.held is not None:
        return NOT_REACHED
    return f"{figure_text(judged.at_least, judged.kind, [])} or more"


def asked_words(judged: ExpectationResult) -> str:
    """Return what the comparison that decided asks for: `>= 95.0 %`; empty without a number."""
    if judged.bound is None or not judged.operator:
        return ""
    return f"{judged.operator} {figure_text(judged.bound, judged.kind, _neighbours(judged))}"


def margin_words(judged: ExpectationResult) -> str:
    """Return by how much the expectation is met or missed; empty where there is no number.

    Met: `met by 2.3 points`. Missed: `short by 2.3 points` from below, `over by 1.5 days` from
    above, of devices `12 devices too many`. What cannot be said: `met by 0.02, not surely`.
    """
    found = _margin_words(judged)
    is_unsure = judged.outcome == "inconclusive" and judged.reason != "too_few_devices"
    return f"{found}, not surely" if found and is_unsure else found


def _margin_words(judged: ExpectationResult) -> str:
    margin = judged.margin
    if margin is None:
        return ""
    size = difference_text(abs(margin), judged.kind)
    if judged.margin_is_least:
        size = f"{size} or more"
    if not margin and judged.margin_is_least:
        return ""
    if judged.operator == "==":
        return "exactly" if not margin else f"off by {size}"
    if not margin:
        return "the same value" if judged.operator == "!=" else "exactly at the bound"
    if margin > 0:
        return f"met by {size}"
    is_short = judged.operator in (">", ">=")
    if judged.kind == "devices":
        return f"{size} too {'few' if is_short else 'many'}"
    return f"short by {size}" if is_short else f"over by {size}"


def interval_words(judged: ExpectationResult) -> str:
    """Return where a figure over replications lies: `0.85 to 0.97`; empty where it has none."""
    if judged.interval is None:
        return ""
    low, high = judged.interval
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"{figure_text(low, judged.kind, [])} or more"
    if math.isinf(low):
        return f"{figure_text(high, judged.kind, [])} or less"
    near = [] if judged.kind == "duration" else [low, high]
    return f"{figure_text(low, judged.kind, near)} to {figure_text(high, judged.kind, near)}"


def seen_words(judged: ExpectationResult) -> str:
    """Return what was observed, with where it lies if that says more: `0.92 (0.74 to 0.98)`."""
    observed, interval = observed_words(judged), interval_words(judged)
    return f"{observed} ({interval})" if interval not in ("", observed) else observed


def held_words(judged: ExpectationResult) -> str:
    """Return in how many replications it held; empty for one, or for a figure over all of them."""
    if judged.held is None or judged.of == 1:
        return ""
    if judged.held == judged.of:
        return f"held in all {judged.of} replications"
    return f"held in {judged.held} of {judged.of} replications"


def worst_words(judged: ExpectationResult) -> str:
    """Return the same with the number of the replication that decided, to be run again."""
    held = held_words(judged)
    return f"{held}; the worst is replication {judged.replication}" if held else ""


def why_words(judged: ExpectationResult) -> str:
    """Return why it cannot be said, where what was observed does not say it already."""
    return one_line(judged.why).removeprefix(NO_DATA).lstrip(": ")


def finding(judged: ExpectationResult) -> str:
    """Return all that was found, without the expectation itself.

    Over replications the value of the one that decided stands behind its number: `held in 17 of 20
    replications; the worst, replication 12, observed 91.8 %, short by 3.2 points`.
    """
    asked = asked_words(judged) if _is_combined(judged) else ""
    interval = interval_words(judged)
    observed = observed_words(judged)
    seen = observed if judged.observed is None else f"observed {observed}"
    parts = [seen, f"asked {asked}" if asked else "", margin_words(judged)]
    parts.append(f"{_sure(judged)}interval {interval}" if interval else "")
    said = ", ".join(filter(None, parts))
    if held := held_words(judged):
        said = f"{held}; {_decisive(judged)}, {said}"
    why = why_words(judged)
    return f"{said}; {why}" if why else said


def _sure(judged: ExpectationResult) -> str:
    return "" if judged.confidence is None else f"{100 * judged.confidence:g} % "


def outcome_text(judged: ExpectationResult) -> dict[str, Any]:
    """Return the entry of summary.json with what was found in words: in `found`, and in `short`.

    And with the `reason` for which it cannot be said, and whether it only reports.
    """
    return {
        **judged.as_summary(),
        "found": finding(judged),
        "short": _short_finding(judged),
        "reason": judged.reason,
        "report_only": judged.report_only,
    }


def _short_finding(judged: ExpectationResult) -> str:
    """Return what fits on a line of a terminal: `91.8 %, short by 3.2 points; held in 17 of 20`."""
    parts = [observed_words(judged), margin_words(judged)]
    said = ", ".join(filter(None, parts))
    many = judged.held is not None and judged.of > 1
    return f"{said}; held in {judged.held} of {judged.of}" if many else said


def expectation_sentence(judged: ExpectationResult) -> str:
    """Return the expectation, its outcome and what was found, in one line."""
    outcome = f"{judged.outcome}, which only reports" if judged.report_only else judged.outcome
    verb = f"is {outcome}" if judged.outcome == "inconclusive" else outcome
    return f"{expression(judged)} {verb}: {finding(judged)}"


def _decisive(judged: ExpectationResult) -> str:
    name = "the closest" if judged.outcome == "passed" else "the worst"
    return f"{name}, replication {judged.replication}"


def _is_combined(judged: ExpectationResult) -> bool:
    """Say whether it must be told which of several comparisons decided."""
    return re.search(r"\b(and|or)\b", judged.text) is not None


def _neighbours(judged: ExpectationResult) -> list[float]:
    return [one for one in (judged.observed, judged.bound) if one is not None]
