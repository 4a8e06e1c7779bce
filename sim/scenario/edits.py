"""A scenario as plain values that can be set against another's: each thing in its one form.

The edit between two scenarios: what a planner changed, by place, with old and new values.

Both scenarios count with every default filled in, so that a comment, or a default that is written
out, is no edit; expressions and delays count as they are read, however they are spaced. Name and
question, seed and replications are no part of what is done. A secret stays what it is in a
scenario: `{env: NAME}`.

Items of a list are matched by name; those without one by what they are: a step by its verb, a
window by its collection, an expectation by its text. The order of names and of named items changes
no run and is no edit, but for four places where it does: steps of the same second are carried out
in the order of `plan`; places of a made-up fleet are drawn in the order of `locations`, systems in
the order of `mix`; of equal priorities the first of `client_settings` wins.

A moment in another form (`24 h` for `1 d 00:00`) is an edit: with another start or time zone it is
another second.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.language.tree import unparse
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario.loader import Loaded
from sim.scenario.model import Scenario
from sim.scenario.steps import parse_after, step_verb
from sim.scenario.value_checks import assumption_overrides
from sim.units import format_duration, format_share

Values = dict[str, Any]

_NO_PLAN = ("format", "name", "question", "seed", "replications")
"""What says which scenario it is and which luck it has, not what is done."""

_WRITTEN: dict[str, Callable[[int], str]] = {"s": format_duration, "share": format_share}


def comparable(loaded: Loaded) -> Values:
    """Return all of a scenario with every default filled in, as text, numbers, lists and tables."""
    scenario = loaded.scenario
    values = _plain(scenario.model_dump(by_alias=True, exclude_none=True, exclude=set(_NO_PLAN)))
    values["assumptions"] = _assumptions(scenario, {n: e.value for n, e in ASSUMPTIONS.items()})
    return _in_one_form(loaded, values, fill=True)


def in_short(loaded: Loaded) -> Values:
    """Return the same without what has its default: for telling of an item as a whole."""
    scenario = loaded.scenario
    values: Values = _plain(
        scenario.model_dump(
            by_alias=True, exclude_none=True, exclude_defaults=True, exclude=set(_NO_PLAN)
        )
    )
    values["assumptions"] = _assumptions(scenario, {})
    return _in_one_form(loaded, values, fill=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _assumptions(scenario: Scenario, shipped: dict[str, int]) -> Values:
    """Return each assumption as it is written, however the scenario wrote it."""
    in_force = shipped | assumption_overrides(scenario, ASSUMPTIONS)
    units = {name: ASSUMPTIONS[name].unit for name in in_force}
    return {name: _WRITTEN.get(units[name], str)(value) for name, value in in_force.items()}


def _in_one_form(loaded: Loaded, values: Values, fill: bool) -> Values:
    """Write expressions and delays in their one form.

    Everybody who carries out a step is named where *fill* says so; else only who is not the first.
    """
    gates, expectations = loaded.conditions.gates, loaded.conditions.expectations
    first = loaded.scenario.site.administrators[0].name
    for number, step in enumerate(values.get("plan", ())):
        if number in gates:
            step["when"] = unparse(gates[number])
        if "after" in step:
            name, delay = parse_after(step["after"])
            step["after"] = f"{name} + {format_duration(delay)}" if delay else name
        if fill:
            step.setdefault("by", first)
        elif step.get("by") == first:
            del step["by"]
    for one, condition in zip(values.get("expect", ()), expectations, strict=True):
        one["expr"] = unparse(condition)
    return values


def item_key(path: str, item: Any) -> str:
    """Return what an item of a list goes by: its name, or what it is.

    >>> item_key("plan", {"deploy": "Onboard", "to": ["Pilot"], "at": "1 d"})
    'deploy Onboard'
    >>> item_key("maintenance_windows", {"collection": "Servers", "weekly": "Sunday 01:00"})
    'Servers'
    """
    if "name" in item:
        return str(item["name"])
    if path == "plan":
        verb = step_verb(item) or ""
        value = item[verb]
        told = ", ".join(map(str, value)) if isinstance(value, list | dict) else str(value)
        return f"{verb} {told}"
    return str(item.get("expr") or item.get("collection") or "")


Kind = Literal["changed", "added", "removed", "reordered"]

ORDERED = ("plan", "locations", "client_settings", "fleet.generate.mix")
"""The places where the order changes a run."""

_SPELLED_OUT = 6
"""Lists of up to this many names are written whole, of longer ones only what differs."""
_MOST_WRITTEN = 12
"""As many items of a list are written at the most; all stand in `before` and `after`."""
_NOTHING = "(none)"
_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between two scenarios."""

    path: str
    """Where, such as `plan[pilot].at`."""
    kind: Kind
    before: Any
    """The old value as plain text, numbers, lists and dictionaries; None where there was none."""
    after: Any
    words: str
    """The edit as a planner reads it, in one line: `plan[pilot].at: 1 d 09:00 -> 3 d`."""


def plan_edits(before: Loaded, after: Loaded) -> tuple[Edit, ...]:
    """Return what differs between two scenarios, in the order in which a scenario is written."""
    old, new = comparable(before), comparable(after)
    short = (in_short(before), in_short(after))
    return tuple(_tables("", old, new, short))


def _tables(
    path: str, old: Values, new: Values, short: tuple[Values, Values] = ({}, {})
) -> Iterator[Edit]:
    """Yield the edits below two tables; *short* are those without what has its default."""
    for key in dict.fromkeys((*old, *new)):
        place = f"{path}.{key}" if path else key
        parts = (short[0].get(key), short[1].get(key))
        yield from _values(place, old.get(key), new.get(key), parts)
    if path in ORDERED:
        yield from _reordered(path, tuple(old), tuple(new))


def _values(path: str, old: Any, new: Any, short: tuple[Any, Any] = (None, None)) -> Iterator[Edit]:
    if old == new and not isinstance(old, dict | list):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        below = tuple(part if isinstance(part, dict) else {} for part in short)
        yield from _tables(path, old, new, (below[0], below[1]))
    elif _has_items(old) or _has_items(new):
        yield from _items(path, (old or [], new or []), (short[0] or [], short[1] or []))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _names(path, old, new)
    elif old is None or new is None:
        yield _whole(path, old, new, old if new is None else new)
    else:
        yield Edit(path, "changed", old, new, f"{path}: {written(old)}{_ARROW}{written(new)}")


def _has_items(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _whole(path: str, old: Any, new: Any, shown: Any) -> Edit:
    """Return what is there on one side only; a table is told as a whole, a value beside nothing."""
    kind: Kind = "added" if old is None else "removed"
    if isinstance(shown, dict):
        sign = "+" if kind == "added" else "-"
        return Edit(
            path, kind, old, new, f"{sign} {path} {written(shown) if shown else ''}".rstrip()
        )
    sides = (_NOTHING, written(new)) if kind == "added" else (written(old), _NOTHING)
    return Edit(path, kind, old, new, f"{path}: {_ARROW.join(sides)}")


def _items(
    path: str, lists: tuple[list[Any], list[Any]], short: tuple[list[Any], list[Any]]
) -> Iterator[Edit]:
    """Yield the edits between two lists of tables, their items matched."""
    keys = _matched_keys(path, *lists)
    old, new = (dict(zip(keys[side], lists[side], strict=True)) for side in (0, 1))
    brief = tuple(dict(zip(keys[side], short[side] or lists[side], strict=True)) for side in (0, 1))
    for key in dict.fromkeys((*old, *new)):
        place = f"{path}[{key}]"
        if key in old and key in new:
            yield from _values(place, old[key], new[key])
        else:
            shown = {k: v for k, v in brief[key in new][key].items() if not _said(k, v, key)}
            yield _whole(place, old.get(key), new.get(key), shown)
    if path in ORDERED:
        yield from _reordered(path, keys[0], keys[1])


def _said(name: str, value: Any, key: str) -> bool:
    """Tell whether the path says already what stands in an entry of an item."""
    return name in ("name", "expr") and value == key


def _matched_keys(
    path: str, old: Sequence[Any], new: Sequence[Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a distinct key for each item of both lists; items that belong together share theirs.

    Of several items alike those that are equal belong together, then the others in their order.
    """
    names = [[item_key(path, item) for item in items] for items in (old, new)]
    keys: tuple[list[str], list[str]] = ([""] * len(old), [""] * len(new))
    for name in dict.fromkeys((*names[0], *names[1])):
        places = [[n for n, own in enumerate(side) if own == name] for side in names]
        for number, pair in enumerate(_pairs(places[0], places[1], old, new), start=1):
            for side, place in enumerate(pair):
                if place is not None:
                    keys[side][place] = name if number == 1 else f"{name} #{number}"
    return tuple(keys[0]), tuple(keys[1])


def _pairs(
    old_places: list[int], new_places: list[int], old: Sequence[Any], new: Sequence[Any]
) -> list[tuple[int | None, int | None]]:
    left, right = list(old_places), list(new_places)
    pairs: list[tuple[int | None, int | None]] = []
    for place in old_places:
        same = next((other for other in right if old[place] == new[other]), None)
        if same is not None:
            left.remove(place)
            right.remove(same)
            pairs.append((place, same))
    common = min(len(left), len(right))
    pairs += zip(left[:common], right[:common], strict=True)
    pairs += [(place, None) for place in left[common:]]
    pairs += [(None, place) for place in right[common:]]
    return pairs


def _names(path: str, old: list[Any], new: list[Any]) -> Iterator[Edit]:
    """Yield the edit between two lists of names; their order is none."""
    if sorted(map(str, old)) == sorted(map(str, new)):
        return
    words = f"{written(old)}{_ARROW}{written(new)}"
    if max(len(old), len(new)) > _SPELLED_OUT:
        gone, come = _without(old, new), _without(new, old)
        parts = [(come, "added"), (gone, "removed")]
        words = ", ".join(f"{len(some)} {verb} {_few(some)}" for some, verb in parts if some)
    yield Edit(path, "changed", old, new, f"{path}: {words}")


def _without(names: list[Any], others: list[Any]) -> list[str]:
    known = set(others)
    return [str(name) for name in names if name not in known]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _SPELLED_OUT} more" if len(names) > _SPELLED_OUT else ""
    return f"({', '.join(names[:_SPELLED_OUT])}{more})"


def _reordered(path: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Edit]:
    """Yield an edit where what stands on both sides comes in another order."""
    before = [key for key in old if key in set(new)]
    after = [key for key in new if key in set(old)]
    if before != after:
        words = f"{path}, order: {', '.join(before)}{_ARROW}{', '.join(after)}"
        yield Edit(path, "reordered", before, after, words)


def written(value: Any) -> str:
    """Write a plain value in one line, much as a scenario does.

    >>> written({"at": "3 d", "deploy": "Onboard", "to": ["Broad"], "kept": True})
    '{at: 3 d, deploy: Onboard, to: [Broad], kept: true}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        shown = ", ".join(map(written, value[:_MOST_WRITTEN]))
        more = len(value) - _MOST_WRITTEN
        return f"[{shown} and {more} more]" if more > 0 else f"[{shown}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != "" else "(empty)"
