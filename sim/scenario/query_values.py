"""How query values and trait values of each kind are made comparable.

A key is what two values of one kind are compared by; None means there is nothing to compare.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sim.reference.onboarding import client_version_number
from sim.scenario.traits import TraitKind

_BUILD = re.compile(r"(?:\d{1,2}\.\d\.)?(\d{4,5})(?:\.\d+)?")

Key = Any


def _text(value: object) -> Key:
    return str(value).casefold()


def _truth(value: object) -> Key:
    word = str(value).casefold()
    return {"true": True, "false": False}.get(word)


def _date(value: object) -> Key:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def _truth_or_date(value: object) -> Key:
    truth = _truth(value)
    return _date(value) if truth is None else truth


def _number(value: object) -> Key:
    build = _BUILD.fullmatch(str(value))
    if build:
        return float(build.group(1))
    try:
        return float(str(value))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _version_of(text: str) -> Key:
    try:
        return ("client", client_version_number(text))
    except ValueError:
        parts = re.findall(r"\d+", text)
        return ("other", *(int(part) for part in parts)) if parts else None


def _version(value: object) -> Key:
    return _version_of(str(value))


KEYS: dict[TraitKind, Callable[[object], Key]] = {
    TraitKind.TEXT: _text,
    TraitKind.WORD: _text,
    TraitKind.TRUTH: _truth,
    TraitKind.DATE: _date,
    TraitKind.TRUTH_OR_DATE: _truth_or_date,
    TraitKind.NUMBER: _number,
    TraitKind.VERSION: _version,
}
"""What each kind of trait is compared by."""


def is_missing(value: object) -> bool:
    """Tell whether a trait has no value: None, an empty text, or not a number."""
    return value is None or value == "" or value != value


def same_kind(one: Key, other: Key) -> bool:
    """Tell whether two keys can be put in an order."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return bool(one[0] == other[0])
    return type(one) is type(other)
