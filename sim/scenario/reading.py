"""From a tree of nodes to the models, keeping what is sound when something is wrong.

A file with one mistake is still judged as a whole: what the models refuse is left out and the
rest is built, so that the checks between parts can report their problems at the same time.
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
"""What stands in for a required part that cannot be read, so that the rest can be judged."""


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What the models made of a tree: the scenario, or as much of it as is sound."""

    scenario: Scenario | None
    places: Places
    """Where the parts of `scenario` are written."""
    problems: tuple[Problem, ...]
    spoiled: frozenset[Loc]
    """Places as written that were left out; what the checks say about them does not count."""
    lost: frozenset[tuple[str, str]]
    """Section and name of each item left out: a reference to it is not a second problem."""


def read_models(places: Places, spoiled: Iterable[Loc] = ()) -> ModelReading:
    """Build the scenario from the tree, leaving out *spoiled* places and what the models refuse."""
    doomed = set(spoiled)
    places = Places(_texts_from_options(places.root), places.file)
    problems = _complaints(places, doomed)
    for error_loc in _error_locs(places):
        doomed.add(error_loc)
    scenario, kept = _sound_part(places.root, doomed)
    lost = frozenset(_lost(places.root, kept))
    return ModelReading(scenario, Places(kept, places.file), problems, frozenset(doomed), lost)


def _errors(root: Node) -> list[ErrorDetails]:
    try:
        _build(root)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [one for one in found if not _is_echo(one, root)]
    return []


def _is_echo(error: ErrorDetails, root: Node) -> bool:
    """Whether a list or table is called empty only because its items were refused."""
    node = Places(root).node(written_loc(error, root))
    return error["type"] == "too_short" and bool(node.value)


def _build(root: Node) -> Scenario:
    return Scenario.model_validate(root.plain(), by_alias=True, by_name=False)


def _error_locs(places: Places) -> list[Loc]:
    return [written_loc(error, places.root) for error in _errors(places.root)]


def _complaints(places: Places, known: set[Loc]) -> tuple[Problem, ...]:
    problems: dict[Problem, None] = {}
    for error in _errors(places.root):
        loc = written_loc(error, places.root)
        if not any(loc[: len(bad)] == bad for bad in known):
            problems[complaint(error, loc, places)] = None
    return tuple(problems)


def _texts_from_options(root: Node) -> Node:
    """Take a bare number of an override as text where the models want text.

    The shell has eaten the quotation marks of `site.version="2403"`.
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


def _sound_part(root: Node, doomed: set[Loc]) -> tuple[Scenario | None, Node]:
    kept = _with_stand_ins(_without(root, (), doomed))
    for _ in range(_ROUNDS):
        errors = _errors(kept)
        if not errors:
            return _build(kept), kept
        kept = _with_stand_ins(_without(kept, (), {_culprit(error, kept) for error in errors}))
    return None, kept


def _culprit(error: ErrorDetails, root: Node) -> Loc:
    loc = written_loc(error, root)
    return loc[:-1] if error["type"] == "missing" else loc


def _without(node: Node, loc: Loc, doomed: set[Loc]) -> Node:
    if isinstance(node.value, dict):
        value = {
            key: _without(child, (*loc, key), doomed)
            for key, child in node.value.items()
            if (*loc, key) not in doomed
        }
        return replace(node, value=value)
    if isinstance(node.value, tuple):
        items = tuple(
            _without(child, (*loc, position), doomed)
            for position, child in enumerate(node.value)
            if (*loc, position) not in doomed
        )
        return replace(node, value=items)
    return node


def _with_stand_ins(root: Node) -> Node:
    missing = {key: text for key, text in _STAND_INS.items() if key not in root.value}
    stand_ins = {key: read_yaml(text)[0] for key, text in missing.items()}
    return replace(root, value={**root.value, **stand_ins})


def _lost(root: Node, kept: Node) -> Iterable[tuple[str, str]]:
    for section, node in root.value.items():
        if section not in kept.value:
            yield section, "*"
        elif isinstance(node.value, tuple) and isinstance(kept.value[section].value, tuple):
            left = {name_of(item) for item in kept.value[section].value}
            yield from (
                (section, name_of(item)) for item in node.value if name_of(item) not in left
            )
