"""From pydantic's errors to problems in plain words, each at the place where it is written.

pydantic reports types and branches of unions; a planner wrote a key too many or forgot quotation
marks. What may be a secret is never repeated (POL-3).
"""

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sim.errors import Problem, nearest
from sim.scenario.model import Scenario
from sim.scenario.places import NEVER_THE_VALUE, Places, child_of, is_secret_place
from sim.scenario.steps import STEP_KINDS, Step, step_verb
from sim.scenario.values import ScenarioPart
from sim.scenario.yaml_text import Loc, Node

Words = tuple[str, str, str]
"""What is wrong, what was expected, the nearest accepted word."""

_SHAPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list: [A, B]",
    "dict_type": "a table of keys: {A: ..., B: ...}",
    "model_type": "a table of keys: {A: ..., B: ...}",
    "model_attributes_type": "a table of keys: {A: ..., B: ...}",
}
_GROUPED = re.compile(r"\d{1,3}(?:[,.' ]\d{3})+")
_EITHER = {
    "mix": "the name of a mix, or a table of systems and shares",
    "members": "a query, managed, a list of device names, or {file: NAME}",
}
_PATTERNS = {
    "weekly": "a weekday and a time, such as Sunday 01:00",
    "hours": "from when to when on a working day, such as 08:00-17:00",
}
_VERSION = 'four digits in quotation marks, such as "2403"'
_BOUNDS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
           "less_than": ("lt", "less than")}  # fmt: skip


def written_loc(error: ErrorDetails, root: Node) -> Loc:
    """Return the place in the file that *error* is about: its `loc` without union branches."""
    loc: Loc = ()
    node, parts = root, error["loc"]
    for position, part in enumerate(parts):
        is_verb = position == 2 and parts[0] == "plan" and part in STEP_KINDS
        child = None if is_verb else child_of(node, part)
        is_last = position == len(parts) - 1
        if child is not None:
            loc, node = (*loc, part), child
        elif is_last and error["type"] in ("missing", "extra_forbidden"):
            loc = (*loc, part) if isinstance(node.value, dict) else loc
    return loc


def complaint(error: ErrorDetails, loc: Loc, places: Places) -> Problem:
    """Return the problem that *error* reports about the value at *loc*."""
    node = places.node(loc)
    what, expected, suggestion = _words(error, loc, node, places.plain)
    return places.problem(loc, what, expected, suggestion)


def _words(error: ErrorDetails, loc: Loc, node: Node, plain: object) -> Words:
    kind = error["type"]
    if kind == "missing":
        return "the key is missing", "", ""
    if kind == "extra_forbidden":
        return _unknown_key(loc, plain)
    if is_secret_place(loc, plain):
        return "not an accepted word", _secret_expected(loc), ""
    if node.value is None:
        return "nothing is written here", "write a value or remove the key", ""
    return _wrong_value(error, loc, node)


def _secret_expected(loc: Loc) -> str:
    if loc[-1] == "workspace":
        return "write {id: ..., key: ...} with present, absent, wrong or {env: NAME}; or swapped"
    return NEVER_THE_VALUE


def _unknown_key(loc: Loc, plain: object) -> Words:
    keys = known_keys(loc[:-1], plain)
    return "unknown key", "known here: " + ", ".join(keys), nearest(str(loc[-1]), keys)


def known_keys(loc: Loc, plain: Any) -> list[str]:
    """Return the keys that are allowed in the table at *loc*."""
    model = _model_at(loc, plain)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_at(loc: Loc, plain: Any) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Scenario
    for part in loc:
        plain = _value_at(plain, part)
        if model is Step:
            model = STEP_KINDS.get(step_verb(plain) or "")
        elif isinstance(part, int):
            continue
        elif model is not None:
            model = _part_below(model, part)
    return model


def _value_at(plain: Any, part: str | int) -> Any:
    if isinstance(plain, Mapping):
        return plain.get(part)
    return plain[part] if isinstance(plain, tuple) and isinstance(part, int) else None


def _part_below(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    parts = list(_parts_in(fields[key].annotation))
    return parts[0] if len(parts) == 1 else None


def _parts_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, ScenarioPart):
        return [annotation]
    return [part for argument in get_args(annotation) for part in _parts_in(argument)]


def _wrong_value(error: ErrorDetails, loc: Loc, node: Node) -> Words:
    kind = error["type"]
    if kind in _SHAPES:
        return _wrong_shape(_SHAPES[kind], node)
    if kind == "literal_error":
        return _unknown_word(error, node)
    if kind == "value_error":
        return _unreadable(error, node)
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{node.value} is out of range", f"{words} {error['ctx'][key]}", ""
    if kind == "too_short":
        return "the list is empty", "name at least one", ""
    if kind == "string_too_short":
        return "the text is empty", "write at least one character", ""
    if kind == "string_pattern_mismatch":
        return f'"{node.value}" is not readable', _PATTERNS.get(str(loc[-1]), _VERSION), ""
    return f"{shape_of(node)} does not fit here", _EITHER.get(str(loc[-1]), ""), ""


def _wrong_shape(expected: str, node: Node) -> Words:
    what = f"{shape_of(node)} where {expected.partition(':')[0]} is expected"
    if expected == "text" and node.written:
        return what, f'quote it: "{node.written}"', ""
    if expected == "a whole number" and isinstance(node.value, str) and node.value.isdecimal():
        return what, "write it without quotation marks", ""
    if expected == "a whole number" and _GROUPED.fullmatch(str(node.value)):
        plain = re.sub(r"\D", "", str(node.value))
        return what, f"write {plain}, without separators", ""
    if expected == "true or false":
        return what, "write true or false", ""
    return what, f"write {expected}" if ":" in expected else "", ""


def shape_of(node: Node) -> str:
    """Return the kind of value at *node* in words."""
    value = node.value
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, tuple) else "a table of keys"


def _unknown_word(error: ErrorDetails, node: Node) -> Words:
    accepted = re.findall(r"'([^']*)'|(\d+)", error["ctx"]["expected"])
    words = [text or number for text, number in accepted]
    expected = ("one of " if len(words) > 1 else "") + ", ".join(words)
    if not isinstance(node.value, str):
        if node.written in words:
            return (
                f"{shape_of(node)} where text is expected",
                f'quote it: "{node.written}"',
                "",
            )
        return f"{node.written or shape_of(node)} is not known here", expected, ""
    return f'"{node.value}" is not known here', expected, nearest(node.value, words)


def _unreadable(error: ErrorDetails, node: Node) -> Words:
    what, _, expected = str(error["ctx"]["error"]).partition("; ")
    subject = f'"{node.value}" is ' if isinstance(node.value, str) and len(node.value) < 80 else ""
    if not subject and not what.startswith("a "):
        subject = f"{shape_of(node)} is "
    return subject + what, expected, ""
