"""A scenario written back as YAML, complete and stable: it loads again to an equal scenario.

Every default is filled in, secrets stay `{env: NAME}`, and text that YAML could read as something
else is quoted. Replace file names before writing (`scenario.model_copy`) when they will differ.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sim.scenario.model import Scenario
from sim.scenario.yaml_text import read_plain, trap_in

_STEP = "  "
_SAFE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_ .%/+-]|:(?=[A-Za-z0-9_]))*")


def to_yaml(scenario: Scenario) -> str:
    """Write *scenario* with every default that has a written form.

    What is left to a rule (a location without a time zone of its own) stays out, and so does what
    is empty within a part: of the parts themselves an empty one says that there is none.
    """
    values = scenario.model_dump(by_alias=True, exclude_none=True)
    return "\n".join(_table({key: _filled(item) for key, item in values.items()}, "")) + "\n"


def _filled(value: Any) -> Any:
    """Return a value with tables and lists of plain kinds, without those that are empty in it."""
    if isinstance(value, Mapping):
        kept = ((key, _filled(item)) for key, item in value.items())
        return {key: item for key, item in kept if item not in ({}, [])}
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
        return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
    return repr(value)


def _is_plain(text: str) -> bool:
    if not _SAFE.fullmatch(text) or text.endswith(" "):
        return False
    return read_plain(text) == text and trap_in(text) is None
