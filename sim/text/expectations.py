"""The result of one expectation in words: the value observed, the margin, how sure it is.

The terminal, annotations, JUnit and the summary of a run share these words. A figure has as many
decimals as it needs to differ from its bound: 94.97 never reads as 95.0.
"""

import math
import re
from typing import Any

from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text.numbers import NO_DATA, difference_text, figure_text

NOT_REACHED = "not reached"


def expression(result: ExpectationResult) -> str:
    """Return the expectation as it is written, on one line and without control characters."""
    return " ".join(one_line(result.text).split())


def observed_words(result: ExpectationResult) -> str:
    """Return the observed value with its unit, or why there is none: `91.8 %`, `no data`."""
    if result.observed is not None:
        return figure_text(result.observed, result.kind, _neighbours(result))
    if result.reason == "no_data":
        return NO_DATA
    if result.reason == "too_few_replications" and result.interval is None:
        return "one replication" if result.of == 1 else "too few replications"
    if result.kind != "duration" or result.at_least is None:
        return "no single value"
    if result.held is not None:
        return NOT_REACHED
    return f"{figure_text(result.at_least, result.kind, [])} or more"


def bound_words(result: ExpectationResult) -> str:
    """Return the bound of the comparison that decided: `>= 95.0 %`; empty without a number."""
    if result.bound is None or not result.operator:
        return ""
    return f"{result.operator} {figure_text(result.bound, result.kind, _neighbours(result))}"


def margin_words(result: ExpectationResult) -> str:
    """Return by how much the expectation is met or missed; empty without a number.

    Met: `met by 2.3 points`. Missed: `short by 2.3 points` from below, `over by 1.5 days` from
    above, of devices `12 devices too many`. Inconclusive: `met by 0.02, not certain`.
    """
    margin = _margin_words(result)
    is_unsure = result.outcome == "inconclusive" and result.reason != "too_few_devices"
    return f"{margin}, not certain" if margin and is_unsure else margin


def _margin_words(result: ExpectationResult) -> str:
    margin = result.margin
    if margin is None:
        return ""
    size = difference_text(abs(margin), result.kind)
    if result.margin_is_least:
        size = f"{size} or more"
    if not margin and result.margin_is_least:
        return ""
    if result.operator == "==":
        return "exactly" if not margin else f"off by {size}"
    if not margin:
        return "the same value" if result.operator == "!=" else "exactly at the bound"
    if margin > 0:
        return f"met by {size}"
    is_short = result.operator in (">", ">=")
    if result.kind == "devices":
        return f"{size} too {'few' if is_short else 'many'}"
    return f"short by {size}" if is_short else f"over by {size}"


def interval_words(result: ExpectationResult) -> str:
    """Return the interval of a figure over replications: `0.85 to 0.97`; empty without one."""
    if result.interval is None:
        return ""
    low, high = result.interval
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"{figure_text(low, result.kind, [])} or more"
    if math.isinf(low):
        return f"{figure_text(high, result.kind, [])} or less"
    near = [] if result.kind == "duration" else [low, high]
    return f"{figure_text(low, result.kind, near)} to {figure_text(high, result.kind, near)}"


def observation_words(result: ExpectationResult) -> str:
    """Return the observed value, with its interval if there is one: `0.92 (0.74 to 0.98)`."""
    observed, interval = observed_words(result), interval_words(result)
    return f"{observed} ({interval})" if interval not in ("", observed) else observed


def held_words(result: ExpectationResult) -> str:
    """Return in how many replications it held; empty for one, or for a figure over all of them."""
    if result.held is None or result.of == 1:
        return ""
    if result.held == result.of:
        return f"met in all {result.of} replications"
    return f"met in {result.held} of {result.of} replications"


def worst_words(result: ExpectationResult) -> str:
    """Return the same with the number of the replication that decided, for a run of it alone."""
    held = held_words(result)
    return f"{held}; the worst is replication {result.replication}" if held else ""


def why_words(result: ExpectationResult) -> str:
    """Return why it is inconclusive, unless the observed value already says so."""
    return one_line(result.why).removeprefix(NO_DATA).lstrip(": ")


def finding(result: ExpectationResult) -> str:
    """Return everything about the result, without the expectation itself.

    Over replications the value of the one that decided follows its number: `met in 17 of 20
    replications; the worst, replication 12, observed 91.8 %, short by 3.2 points`.
    """
    is_combined = re.search(r"\b(and|or)\b", result.text)  # then the one that decided is named
    bound = bound_words(result) if is_combined else ""
    interval = interval_words(result)
    confidence = "" if result.confidence is None else f"{100 * result.confidence:g} % "
    observed = observed_words(result)
    if result.observed is not None:
        observed = f"observed {observed}"
    parts = [observed, f"expected {bound}" if bound else "", margin_words(result)]
    parts.append(f"{confidence}interval {interval}" if interval else "")
    text = ", ".join(filter(None, parts))
    if held := held_words(result):
        name = "the closest" if result.outcome == "passed" else "the worst"
        text = f"{held}; {name}, replication {result.replication}, {text}"
    why = why_words(result)
    return f"{text}; {why}" if why else text


def outcome_text(result: ExpectationResult) -> dict[str, Any]:
    """Return the entry of summary.json, with the result in words as `found` and `short`.

    The `reason` says why it is inconclusive, `report_only` whether it only reports.
    """
    return {
        **result.as_summary(),
        "found": finding(result),
        "short": _short_finding(result),
        "reason": result.reason,
        "report_only": result.report_only,
    }


def _short_finding(result: ExpectationResult) -> str:
    """Return the result on one line: `91.8 %, short by 3.2 points; met in 17 of 20`."""
    parts = [observed_words(result), margin_words(result)]
    text = ", ".join(filter(None, parts))
    is_counted = result.held is not None and result.of > 1
    return f"{text}; met in {result.held} of {result.of}" if is_counted else text


def expectation_sentence(result: ExpectationResult) -> str:
    """Return the expectation, its outcome and its result, in one line."""
    outcome = f"{result.outcome} (report only)" if result.report_only else result.outcome
    verb = f"is {outcome}" if result.outcome == "inconclusive" else outcome
    return f"{expression(result)} {verb}: {finding(result)}"


def _neighbours(result: ExpectationResult) -> list[float]:
    return [value for value in (result.observed, result.bound) if value is not None]
