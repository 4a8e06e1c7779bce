"""What to write instead, where an expression cannot be read: slips that people make, each by name.

A parser knows what may come next; a planner who wrote `at 14 days` wants to hear of `14 d`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sim.errors import nearest

_OPERATOR = r"(?:[<>]=?|[=!]=)"
_PERCENTILES = "percentiles are p1 to p99, written small: p90 of (time to (coverage_pct >= 90))"
_UNITS = "units are s, min, h, d and w, as in 14 d"
_FIGURES = "p[1-9][0-9]?|mean|median|half width"
_PERIOD = "of one run: max of failed from 1 d to 14 d, or failed at 14 d"

_AT = 'write "at 14 d" or "at end"'
_QUOTES = "a value with a blank stands in quotes: failed{collection='All endpoints'}"

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class _Slip:
    """What stands before the place that does not fit, what begins there, and what to write."""

    before: str
    here: str
    advice: str | Callable[[Match, Match], str]


def _quoted(text: str) -> str:
    return f'write "{text}"'


_FUNCTIONS = ("probability", "time to", "mean of", "median of", "half width of", "max of", "min of")


def _of_functions(before: Match, here: Match) -> str:
    """Return the function that a word may mean; empty where none is near."""
    meant = nearest(" ".join(filter(None, (before[1], here[1]))), _FUNCTIONS)
    return f'did you mean "{meant}"?' if meant else ""


def _of_thousands(before: Match, here: Match) -> str:
    whole = f"write {before[1]}{here[1].replace(',', '')}, without separators"
    if here[1].count(",") > 1:
        return whole
    return f"{whole}, or {before[1]}.{here[1][1:]} where it stands for decimals"


def _of_brackets(before: Match, here: Match) -> str:
    return f"write {before[1]} of (...)"


_SLIPS = (
    _Slip("", r"=([<>])", lambda _, here: f"write {here[1]}="),
    _Slip(r"(?:[^{}]|\{[^{}]*\})*", r"=", "write == for equal, >= for at least"),
    _Slip(r".*\{[^}]*=\s*", r"=", "in braces one = is enough"),
    _Slip("", r"[≥⩾]|≧", "write >="),
    _Slip("", r"[≤⩽]|≦", "write <="),
    _Slip("", r"≠|<>", "write !="),
    _Slip("", r"&&?|\+\+", 'write "and"'),
    _Slip("", r"\|\|?", 'write "or"'),
    _Slip("", r"(AND|OR|AT|END|FOR|OF|FROM|TO|WIDTH)\b", lambda _, here: _quoted(here[1].lower())),
    _Slip(r"(?:.*\W)?(?:P\d+|p0|p\d{3,}|p\d+\.)\s*", "", _PERCENTILES),
    _Slip(r".*\b(?:[Aa]verage|avg|Mean|MEAN)\s*", r"of\b|\(", 'write "mean of (...)"'),
    _Slip(r".*\b(max|min)(?:\s+of)?\s*", r"\(", _PERIOD),
    _Slip(r".*\b(?:max|min)\s+of\b[^(]*", rf"at\b|{_OPERATOR}", _PERIOD),
    _Slip(rf".*\b({_FIGURES})\s*", r"\(|(?!of\b)[a-z]", _of_brackets),
    _Slip(rf".*\b({_FIGURES})\s+of\s+", r"\w", _of_brackets),
    _Slip(r".*\b(mean)\s+of\b[^(]*", r"at\b", _of_brackets),
    _Slip(
        r".*\b(?:mean|median|p[1-9][0-9]?) of\b.*",
        rf"{_OPERATOR}.*\)",
        "it takes a number; of a condition there is the probability (...)",
    ),
    _Slip(r".*\b(probability|time to)\s*", r"\w", lambda before, _: f"write {before[1]} (...)"),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s+", r"(to|of)\b", _of_functions),
    _Slip(r"(?:.*\W)?([A-Za-z_]{3,})\s*", r"()\(", _of_functions),
    _Slip(r".*\bat\s*", r"\d+(?:\.\d+)?\s*(?:$|[-+)<>=!])", "a time has a unit: at 21 d"),
    _Slip(r".*", r"\d*\s*(?:sec|second|minute|hour|hr|day|wk|week|month|mo|year|yr)s?\b", _UNITS),
    _Slip(rf".*{_OPERATOR}[^{{]*", r"at\b", "when stands before: coverage_pct at 21 d >= 85"),
    _Slip(r"[^{]*", r"(?:after|on|by|in|when|within|until)\s+(?:\d|day|end)", _AT),
    _Slip(r".*\d\s*", r"devices?\b", "leave the unit out"),
    _Slip(r".*\d\s*", r"per\s?cent\b", "write %"),
    _Slip(r".*", r"-\s*\d", "a number has no sign: write 0 - 1 for one below 0"),
    _Slip(r".*\d", r"[eE][-+]?\d", "write the number out"),
    _Slip(r".*\{[^}'\"]*=\s*[^'\"{}=,\s]+\s+", r"[^}=,\s]", _QUOTES),
    _Slip(r".*\bat\s*", r"\d+[./]\d+[./]\d+", "a date is written 2026-03-20"),
    _Slip(r"\s*(?:not|NOT)\s*|.*\b(?:and|or)\s+not\s*", "", "turn the comparison round instead"),
    _Slip(r"(?:.*\D)?([1-9]\d{0,2})", r"((?:,\d{3})+)(?![\d,])", _of_thousands),
    _Slip(r".*\d", r",\d", "write decimals with a point"),
    _Slip(r".*\w\s*", r"[(\[]\s*\w+\s*!?=", "labels stand in braces: failed{collection='Pilot'}"),
    _Slip(rf".*{_OPERATOR}.*", _OPERATOR, 'write two comparisons with "and" between'),
    _Slip(r".*", r"between\b", 'write two comparisons with "and" between'),
    _Slip(r".*", r"(?:is|equals)\b", "write =="),
    _Slip(r".*", r"[*/]", "numbers are added and taken from each other, no more"),
)


def advice(text: str, position: int) -> str:
    """Return what to write instead of what stands at a position of *text*; empty if unknown.

    >>> advice("coverage_pct at 14 days >= 90", 16)
    'units are s, min, h, d and w, as in 14 d'
    >>> advice("coverage_pct at end = 90", 20)
    'write == for equal, >= for at least'
    """
    head, rest = text[:position], text[position:]
    for slip in _SLIPS:
        before = re.fullmatch(slip.before or ".*", head, re.DOTALL)
        here = re.match(slip.here, rest)
        if before is not None and here is not None:
            told = slip.advice if isinstance(slip.advice, str) else slip.advice(before, here)
            if told:
                return told
    return ""
