"""A scenario written back as YAML, complete and stable: it loads again to an equal scenario.

Every default is filled in, secrets stay `{env: NAME}`, and text that YAML could read as something
else is quoted. Where file names will differ, replace them first (`scenario.model_copy`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sim.scenario.model import Scenario
from sim.scenario.yaml_text import ambiguity_of, read_plain

_STEP = "  "
_SAFE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_ .%/+-]|:(?=[A-Za-z0-9_]))*")


def to_yaml(scenario: Scenario) -> str:
    """Write *scenario* with every default that has a written form.

    What a rule decides (a location without a time zone of its own) is left out. So is what is
    empty within a part; a whole part that is empty is written.
    """
    values = scenario.model_dump(by_alias=True, exclude_none=True)
    return "\n".join(_table({key: _filled(item) for key, item in values.items()}, "")) + "\n"


def _filled(value: Any) -> Any:
    """Return a value as plain tables and lists, without the empty ones inside it."""
    if isinstance(value, Mapping):
        items = ((key, _filled(item)) for key, item in value.items())
        return {key: item for key, item in items if item not in ({}, [])}
    if isinstance(value, list | tuple):
        return [_filled(item) for item in value]
    return value


def _table(table: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in table.items():
        if value in ({}, []):
            yield f"{indent}{_scalar(key)}: {value}"
        elif isinstance(value, Mapping):
            yield f"{indent}{_scalar(key)}:"
            yield from _table(value, indent + _STEP)
        elif isinstance(value, list):
            yield f"{indent}{_scalar(key)}:"
            yield from _list(value, indent + _STEP)
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(value)}"


def _list(items: list[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping):
            first, *others = _table(item, indent + _STEP)
            yield f"{indent}- {first.strip()}"
            yield from others
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        is_safe = _SAFE.fullmatch(value) and not value.endswith(" ")
        if is_safe and read_plain(value) == value and ambiguity_of(value) is None:
            return value
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
