"""The columns of a fleet table: how each is read from text and written back.

A cell that a spreadsheet would run (it begins with = + - @ or a control character) is written with
an apostrophe before it and restored when it is read.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sim.reference.routes import client_version_number
from sim.vocabulary import (
    AGENTS,
    ANTIVIRUS,
    CHASSIS,
    CLIENTS,
    EDITIONS,
    MANAGED_BY,
    NETWORKS,
    PRESENCES,
    PRODUCT_TYPES,
)

_WOULD_RUN = ("=", "+", "-", "@", "\t", "\r")
_BREAKS = re.compile('[,"\r\n]')
_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its text is read, and what a reader is told to write."""

    name: str
    read: Callable[[str], object]
    """Raises ValueError for a text that does not fit."""
    expected: str
    choices: tuple[str, ...] = ()


def neutralize(text: str) -> str:
    """Return a cell's text so that no spreadsheet runs it; `restore` undoes it.

    >>> neutralize("=1+1"), restore("'=1+1"), neutralize("PC-1")
    ("'=1+1", '=1+1', 'PC-1')
    """
    return f"'{text}" if text.startswith((*_WOULD_RUN, "'")) else text


def restore(text: str) -> str:
    """Return the text that `neutralize` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_WOULD_RUN, "'")) else text


def csv_line(cells: Iterable[str]) -> str:
    r"""Return one line of a CSV file; every cell that breaks a line is quoted.

    The csv module of Python 3.11 leaves a lone carriage return bare, and reads it as a new line.

    >>> csv_line(["PC-1", 'a "b", c', ""])
    'PC-1,"a ""b"", c",\n'
    """
    return ",".join(map(csv_cell, cells)) + "\n"


def csv_cell(cell: str) -> str:
    """Return a cell as it stands in a line of a CSV file, quoted where it must be."""
    if _BREAKS.search(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _choice(name: str, choices: tuple[str, ...]) -> Column:
    def read(text: str) -> str:
        word = text.casefold().replace(" ", "_").replace("-", "_")
        if word not in choices:
            raise ValueError(text)
        return word

    return Column(name, read, f"one of {', '.join(choices)}", choices)


def _text(name: str) -> Column:
    return Column(name, str, "text")


def _boolean(name: str) -> Column:
    return Column(name, read_boolean, "true or false")


def read_boolean(text: str) -> bool:
    """Read true or false (also yes, no, 1, 0, in any case); raises ValueError."""
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(text)


def read_date(text: str) -> date:
    """Read a date such as 2026-03-02, with or without a time of day; raises ValueError."""
    return read_moment(text).date()


def read_moment(text: str) -> datetime:
    """Read a date with an optional time of day in ISO form; raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)


def _read_esu(text: str) -> bool | date:
    try:
        return read_boolean(text)
    except ValueError:
        return read_date(text)


def _read_version(text: str) -> str:
    client_version_number(text)
    return text


def _read_build(text: str) -> str:
    if not re.fullmatch(r"(\d{1,2}\.\d\.)?\d{4,5}(\.\d+)?", text):
        raise ValueError(text)
    return text


def _columns() -> tuple[Column, ...]:
    return (
        _text("name"),
        _text("os"),
        Column("build", _read_build, "a build such as 19045 or 10.0.19045.3324"),
        _choice("product_type", PRODUCT_TYPES),
        _choice("edition", EDITIONS),
        _choice("chassis", CHASSIS),
        _text("location"),
        _choice("managed_by", MANAGED_BY),
        _choice("client", CLIENTS),
        Column("client_version", _read_version, "a version such as 2403 or 5.00.9128"),
        _choice("presence", PRESENCES),
        _choice("agent", AGENTS),
        _text("agent_version"),
        _boolean("onboarded"),
        _text("organization"),
        _text("payload"),
        _boolean("sensor_running"),
        Column("last_contact", read_moment, "a date such as 2026-03-02 09:00"),
        Column("esu", _read_esu, "true, false or the date on which the updates end"),
        _boolean("fully_updated"),
        _boolean("telemetry_update"),
        _boolean("universal_crt"),
        Column("servicing_stack", read_date, "a date such as 2021-09-14"),
        Column("cumulative_update", read_date, "a date such as 2018-09-20"),
        _choice("antivirus", ANTIVIRUS),
        _boolean("dotnet"),
        _boolean("clock_ok"),
        _choice("network", NETWORKS),
        _boolean("restart_pending"),
        Column("joined_at", read_moment, "a date such as 2026-03-02 09:00"),
        Column("retired_at", read_moment, "a date such as 2026-03-02 09:00"),
    )


COLUMNS: dict[str, Column] = {column.name: column for column in _columns()}
"""Every trait's column by name, in the order of a written table."""


def write_cell(value: object) -> str:
    """Return the text of a trait's value in a table; reading it gives the value again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return neutralize(str(value))
