"""What an unquoted YAML scalar means, and which of them look like something else.

YAML 1.1, YAML 1.2 and people disagree about `no`, `8:00`, `010` and `1.10`. A scenario may not
hold such a scalar unquoted: whoever reads the file must see what the program sees.
"""

import re
from dataclasses import dataclass

Plain = str | int | float | bool | None

_NOTHING = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,18})")
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d+|\d+\.\d*[eE][-+]?\d+)")
_FLOAT_LIMIT = 40

_WORD = re.compile(r"(?i:yes|no|on|off)")
_SIXTIES = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?")
_OTHER_BASE = re.compile(r"[-+]?0(\d[\d.]*|[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)")
_UNDERSCORES = re.compile(r"[-+]?\d[\d_]*_[\d_.]*")
_TOO_LONG = re.compile(r"[-+]?\d{20,}")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Trap:
    """Why an unquoted scalar is refused, and what to write instead."""

    what: str
    expected: str
    number_is_fine: bool = False
    """Whether the scalar is unambiguous where a number is wanted (`1.10` of an assumption)."""


def read_plain(text: str) -> Plain:
    """Return what an unquoted scalar means in YAML 1.2; dates stay text."""
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= _FLOAT_LIMIT and _FLOAT.fullmatch(text):
        return float(text)
    return text


def trap_in(text: str) -> Trap | None:
    """Return why the unquoted scalar *text* is not what it looks like; None when it is."""
    if _WORD.fullmatch(text):
        return Trap(
            f"unquoted {text} is read as text by some programs and as true or false by others",
            f'write true or false, or quote it: "{text}"',
        )
    if _SIXTIES.fullmatch(text):
        return Trap(f"unquoted {text} is read as a number by some programs", f'quote it: "{text}"')
    if _is_odd_number(text):
        return Trap(f"unquoted {text} is not the number it looks like", f'quote it: "{text}"')
    return _changed_number(text)


def _is_odd_number(text: str) -> bool:
    odd = (_OTHER_BASE, _UNDERSCORES, _TOO_LONG, _NOT_A_NUMBER)
    return any(pattern.fullmatch(text) for pattern in odd) and not _is_plain_fraction(text)


def _is_plain_fraction(text: str) -> bool:
    return re.fullmatch(r"[-+]?0\.\d*", text) is not None


def _changed_number(text: str) -> Trap | None:
    value = read_plain(text)
    if not isinstance(value, float) or repr(value) == text:
        return None
    return Trap(f"unquoted {text} is read as the number {value}", f'quote it: "{text}"', True)
