"""From a tree of nodes to the models; what the models refuse is left out, with the reason.

A file with a mistake is still checked as a whole: what the models refuse is left out and the rest
is built, so that the checks between parts can report their problems at the same time.

pydantic reports types and branches of unions; a planner wrote an extra key or forgot quotation
marks. So each error becomes a problem in plain words, at the place where it is written. What may
be a secret is never repeated (POL-3).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.errors import Problem, nearest
from sim.scenario.model import Scenario
from sim.scenario.overrides import ORIGIN
from sim.scenario.places import NEVER_THE_VALUE, Places, child_of, is_secret_place, name_of
from sim.scenario.steps import STEP_KINDS, Step, step_verb
from sim.scenario.values import ScenarioPart
from sim.scenario.yaml_text import Loc, Node, read_yaml

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
    "daily": "a time, such as 22:00",
    "monthly": "a weekday of the month and a time, such as second Sunday 01:00 (first to fourth, "
    "last), or days after patch Tuesday, such as patch_tuesday + 5 d 22:00 (0 to 29 d)",
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


def complaint(
    error: ErrorDetails, loc: Loc, places: Places, model: type[BaseModel] = Scenario
) -> Problem:
    """Return the problem that *error* reports about the value at *loc* of a file of a *model*."""
    node = places.node(loc)
    what, expected, suggestion = _words(error, loc, node, places.plain, model)
    return places.problem(loc, what, expected, suggestion)


def _words(
    error: ErrorDetails, loc: Loc, node: Node, plain: object, model: type[BaseModel]
) -> Words:
    kind = error["type"]
    if kind == "missing":
        return "the key is missing", "", ""
    if kind == "extra_forbidden":
        keys = known_keys(loc[:-1], plain, model)
        return "unknown key", "known here: " + ", ".join(keys), nearest(str(loc[-1]), keys)
    if is_secret_place(loc, plain):
        return "not an accepted word", _secret_expected(loc), ""
    if node.value is None:
        return "nothing is written here", "write a value or remove the key", ""
    return _wrong_value(error, loc, node)


def _secret_expected(loc: Loc) -> str:
    if loc[-1] == "workspace":
        return "write {id: ..., key: ...} with present, absent, wrong or {env: NAME}; or swapped"
    return NEVER_THE_VALUE


def known_keys(loc: Loc, plain: Any, model: type[BaseModel] | None = Scenario) -> list[str]:
    """Return the keys that are allowed in the table at *loc* of a file of a *model*."""
    is_chosen = False  # whether a part is a name that the author chose
    for part in loc:
        plain = _value_at(plain, part)
        if model is Step:
            model = STEP_KINDS.get(step_verb(plain) or "")
        elif is_chosen or isinstance(part, int) or model is None:
            is_chosen = False
        else:
            annotation = _fields(model)[part].annotation
            parts, is_chosen = _parts_in(annotation), get_origin(annotation) is dict
            model = parts[0] if len(parts) == 1 else None
    return list(_fields(model)) if model else []


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _value_at(plain: Any, part: str | int) -> Any:
    if isinstance(plain, Mapping):
        return plain.get(part)
    return plain[part] if isinstance(plain, tuple) and isinstance(part, int) else None


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


_ROUNDS = 40
_STAND_INS = {
    "format": "1",
    "name": "unnamed",
    "start": "1970-01-01",
    "horizon": "40000 d",
    "fleet": "{generate: {devices: 1}}",
}
"""Replaces a required part that cannot be read, so that the other parts can be checked."""


@dataclass(frozen=True, slots=True)
class ModelReading:
    """The scenario, or as much of it as the models accept."""

    scenario: Scenario | None
    places: Places
    """Where the parts of `scenario` are written."""
    problems: tuple[Problem, ...]
    refused: frozenset[Loc]
    """Places as written that were left out; the checks do not report them again."""
    unreadable: frozenset[tuple[str, str]]
    """Section and name of each item left out: a reference to it is not a second problem."""


def read_models(places: Places, refused: Iterable[Loc] = ()) -> ModelReading:
    """Build the scenario from the tree without the *refused* places and what the models refuse."""
    places = Places(_texts_from_options(places.root), places.file)
    errors = [(error, written_loc(error, places.root)) for error in _errors(places.root)]
    problems: dict[Problem, None] = {}
    for error, loc in errors:
        if not any(loc[: len(bad)] == bad for bad in refused):
            problems[complaint(error, loc, places)] = None
    left_out = {*refused, *(loc for _, loc in errors)}
    scenario, root = _accepted_part(places.root, left_out)
    return ModelReading(
        scenario,
        Places(root, places.file),
        tuple(problems),
        frozenset(left_out),
        frozenset(_unreadable_items(places.root, root)),
    )


def _errors(root: Node) -> list[ErrorDetails]:
    try:
        _build(root)
    except ValidationError as refusal:
        errors = refusal.errors(include_url=False)
        return [error for error in errors if not _is_echo(error, root)]
    return []


def _is_echo(error: ErrorDetails, root: Node) -> bool:
    """Return whether a list or table counts as empty only because its items were refused."""
    node = Places(root).node(written_loc(error, root))
    return error["type"] == "too_short" and bool(node.value)


def _build(root: Node) -> Scenario:
    return Scenario.model_validate(root.plain(), by_alias=True, by_name=False)


def _texts_from_options(root: Node) -> Node:
    """Turn a bare number of an override into text where the models want text.

    The shell removes the quotation marks of `site.version="2403"`.
    """
    for error in _errors(root):
        if error["type"] in ("string_type", "literal_error"):
            loc = written_loc(error, root)
            node = Places(root).node(loc)
            if node.origin == ORIGIN and node.written and not isinstance(node.value, str):
                root = _with(root, loc, replace(node, value=node.written))
    return root


def _with(node: Node, loc: Loc, new: Node) -> Node:
    if not loc:
        return new
    part, rest = loc[0], loc[1:]
    if isinstance(node.value, dict):
        return replace(node, value={**node.value, part: _with(node.value[part], rest, new)})
    items = list(node.value)
    items[int(part)] = _with(items[int(part)], rest, new)
    return replace(node, value=tuple(items))


def _accepted_part(root: Node, left_out: set[Loc]) -> tuple[Scenario | None, Node]:
    root = _with_stand_ins(_without(root, (), left_out))
    for _ in range(_ROUNDS):
        errors = _errors(root)
        if not errors:
            return _build(root), root
        root = _with_stand_ins(_without(root, (), {_culprit(error, root) for error in errors}))
    return None, root


def _culprit(error: ErrorDetails, root: Node) -> Loc:
    loc = written_loc(error, root)
    return loc[:-1] if error["type"] == "missing" else loc


def _without(node: Node, loc: Loc, left_out: set[Loc]) -> Node:
    if isinstance(node.value, dict):
        value = {
            key: _without(child, (*loc, key), left_out)
            for key, child in node.value.items()
            if (*loc, key) not in left_out
        }
        return replace(node, value=value)
    if isinstance(node.value, tuple):
        items = tuple(
            _without(child, (*loc, position), left_out)
            for position, child in enumerate(node.value)
            if (*loc, position) not in left_out
        )
        return replace(node, value=items)
    return node


def _with_stand_ins(root: Node) -> Node:
    missing = {key: text for key, text in _STAND_INS.items() if key not in root.value}
    stand_ins = {key: read_yaml(text)[0] for key, text in missing.items()}
    return replace(root, value={**root.value, **stand_ins})


def _unreadable_items(root: Node, accepted: Node) -> Iterable[tuple[str, str]]:
    for section, node in root.value.items():
        if section not in accepted.value:
            yield section, "*"
        elif isinstance(node.value, tuple) and isinstance(accepted.value[section].value, tuple):
            names = {name_of(item) for item in accepted.value[section].value}
            yield from (
                (section, name_of(item)) for item in node.value if name_of(item) not in names
            )
