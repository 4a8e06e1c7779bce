"""How values are written in a scenario: durations, shares, moments, dates, names, secrets.

Each type reads its written form and writes it back. Moments stay as written until a `SiteClock`
turns them into seconds. Durations are in seconds [s], shares in parts per million.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)

from sim.language import moments
from sim.units import format_duration, format_share, parse_duration, parse_share


class ScenarioPart(BaseModel):
    """A part of a scenario: frozen, strict, and without room for unknown keys."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


_DURATION_FORM = "written like 90 min, 36 h or 14 d"
_SHARE_FORM = "written like 5 %, between 0 % and 100 %"


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("a bare number is not a duration; write its unit: 90 min, 36 h or 14 d")
    try:
        return parse_duration(value)
    except ValueError:
        raise ValueError(f"not a duration; a duration is {_DURATION_FORM}") from None


def _share(value: object) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        share = 100 * value if isinstance(value, float) and value <= 1 else value
        raise ValueError(f"not a share; a share has a percent sign: {share:g} %")
    if not isinstance(value, str):
        raise ValueError("not a share; a share has a percent sign: 5 %")
    try:
        return parse_share(value)
    except ValueError:
        raise ValueError(f"not a share; a share is {_SHARE_FORM}") from None


_NO_MOMENT = "not a moment; a moment is written like 14 d, 1 d 09:00 or 2026-03-20"


def _moment(value: object) -> moments.Moment:
    if isinstance(value, datetime):
        return moments.OnDate(value.date(), value.time())
    if isinstance(value, date):
        return moments.OnDate(value)
    if not isinstance(value, str):
        raise ValueError(_NO_MOMENT)
    if re.fullmatch(r"\d{1,2}:\d{2}", value.strip()):
        raise ValueError(f"not a moment; a time of day comes after its day: 1 d {value.strip()}")
    try:
        return moments.parse_moment(value)
    except ValueError:
        raise ValueError(_NO_MOMENT) from None


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


_DURATION = r"^\s*(\d+(\.\d+)?\s*(s|min|h|d|w)\s*)+$"

Duration = Annotated[
    int,
    BeforeValidator(_duration),
    PlainSerializer(format_duration),
    _text_schema(_DURATION, "36 h"),
]
Share = Annotated[
    int,
    BeforeValidator(_share),
    PlainSerializer(format_share),
    _text_schema(r"^\s*\d+(\.\d{1,4})?\s*%\s*$", "5 %"),
]
When = Annotated[
    Any,
    BeforeValidator(_moment),
    PlainSerializer(str),
    _text_schema(r"^.*\S.*$", "1 d 09:00"),
]


def _start(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?", value)
        if match:
            clock = (match.group(2) or "00:00").zfill(5)
            try:
                return datetime.fromisoformat(f"{match.group(1)} {clock}")
            except ValueError:
                pass
    raise ValueError("not a start; a start is written like 2026-03-02 09:00")


Start = Annotated[
    datetime,
    BeforeValidator(_start),
    PlainSerializer(lambda at: at.isoformat(" ", "seconds").removesuffix(":00")),
    _text_schema(r"^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2})?)?$", "2026-03-02 09:00"),
]


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").date()
    except ValueError:
        raise ValueError("not a date; a date is written like 2026-03-02") from None


Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(lambda day: day.isoformat()),
    _text_schema(r"^\d{4}-\d{2}-\d{2}$", "2026-03-02"),
]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = ("first", "second", "third", "fourth", "last")
PATCH_TUESDAY = "patch_tuesday"
"""The second Tuesday of a month, on which Microsoft publishes its updates."""
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
"""The form of a time of day."""
MONTHLY = (
    rf"^(({'|'.join(NTH)}) +({'|'.join(WEEKDAYS)})"
    rf"|{PATCH_TUESDAY}( *\+ *([0-9]|[12][0-9]) *d)?) +{CLOCK}$"
)
"""How a monthly window begins: on a weekday of the month, or days after patch Tuesday (TIM-5)."""

Version = Annotated[str, Field(pattern=r"^\d{4}$")]
Name = Annotated[str, Field(min_length=1)]
OnboardingMethod = Literal["configuration_manager", "group_policy", "intune", "local_script", "vdi"]
DownlevelClient = Literal["mma", "mde_client"]
SampleSharing = Literal["none", "all_file_types"]


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _names_schema(smallest: int) -> WithJsonSchema:
    name = {"type": "string", "minLength": 1}
    return WithJsonSchema({"anyOf": [name, {"type": "array", "items": name, "minItems": smallest}]})


NameList = Annotated[tuple[Name, ...], BeforeValidator(_one_or_more), _names_schema(0)]
"""Names; a single name needs no brackets."""
SomeNames = Annotated[
    tuple[Name, ...], Field(min_length=1), BeforeValidator(_one_or_more), _names_schema(1)
]
"""At least one name; a single name needs no brackets."""

Section = Literal[
    "administrators", "locations", "collections", "client_settings", "packages", "policies"
]


@dataclass(frozen=True, slots=True)
class DeclaredIn:
    """Marks a key: its names must be declared in a section of the scenario."""

    section: Section


@dataclass(frozen=True, slots=True)
class Reference:
    """A key that holds names of a section."""

    attribute: str
    key: str
    """The key as it is written: `from` for the attribute `from_`."""
    section: Section


@cache
def references(kind: type[ScenarioPart], section: Section | None = None) -> tuple[Reference, ...]:
    """Return the keys of a part that refer to a section, or to any, in their order."""
    return tuple(
        Reference(attribute, field.alias or attribute, mark.section)
        for attribute, field in kind.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, DeclaredIn) and section in (None, mark.section)
    )


CollectionName = Annotated[Name, DeclaredIn("collections")]
CollectionNames = Annotated[SomeNames, DeclaredIn("collections")]
PackageName = Annotated[Name, DeclaredIn("packages")]
PolicyName = Annotated[Name, DeclaredIn("policies")]
SettingName = Annotated[Name, DeclaredIn("client_settings")]


class FromEnvironment(ScenarioPart):
    """A secret that is named, never written: the environment variable that holds it (POL-3)."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


def _form(value: object) -> str | None:
    if isinstance(value, str):
        return "word"
    if isinstance(value, tuple):
        return "list"
    return "table" if isinstance(value, dict | BaseModel) else None


BY_FORM = Discriminator(_form)
"""Tells a word, a list and a table of keys by their form, so that errors are about one of them."""

WorkspaceValue = Annotated[
    Annotated[Literal["present", "absent", "wrong"], Tag("word")]
    | Annotated[FromEnvironment, Tag("table")],
    BY_FORM,
]
