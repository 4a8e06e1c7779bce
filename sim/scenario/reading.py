"""From a tree of nodes to the models, without what the models refuse.

A file with a mistake is still checked as a whole: what the models refuse is left out and the rest
is built, so that the checks between parts can report their problems at the same time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Problem
from sim.scenario.model import Scenario
from sim.scenario.model_problems import complaint, written_loc
from sim.scenario.overrides import ORIGIN
from sim.scenario.places import Places, name_of
from sim.scenario.yaml_text import Loc, Node, read_yaml

_ROUNDS = 40
_STAND_INS = {
    "format": "1",
    "name": "unnamed",
    "start": "1970-01-01",
    "horizon": "40000 d",
    "fleet": "{generate: {devices: 1}}",
}
"""Replaces a required part that cannot be read, so that the rest can be checked."""


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
    """Tell whether a list or table counts as empty only because its items were refused."""
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
