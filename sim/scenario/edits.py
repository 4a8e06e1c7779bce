"""What a planner changed between two scenarios: each place with its old and new values.

Every default is filled in first, so a comment, or a default that is written out, is no edit.
Expressions and delays are compared as parsed, however they are spaced. Name and question, seed and
replications are left out: they do not change the plan. A secret stays `{env: NAME}`.

Items of a list are matched by name; without one, a step by its verb, a window by its collection, an
expectation by its text. The order of names and of named items changes no run and is no edit, with
four exceptions: steps of the same second are carried out in the order of `plan`; locations of a
generated fleet are drawn in the order of `locations`, systems in the order of `mix`; of equal
priorities the first of `client_settings` wins.

A moment in another form (`24 h` for `1 d 00:00`) is an edit: with another start or time zone it is
another second.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from sim.language.tree import unparse
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario.loader import Loaded
from sim.scenario.steps import parse_after, step_verb
from sim.scenario.value_checks import assumption_overrides
from sim.units import format_duration, format_share

Values = dict[str, Any]

_NOT_COMPARED = {"format", "name", "question", "seed", "replications"}
_WRITTEN: dict[str, Callable[[int], str]] = {"s": format_duration, "share": format_share}


def _comparable(loaded: Loaded, with_defaults: bool) -> Values:
    """Return a scenario as text, numbers, lists and tables, each value in its one form."""
    values: Values = loaded.scenario.model_dump(
        mode="json",
        by_alias=True,
        exclude_none=True,
        exclude_defaults=not with_defaults,
        exclude=_NOT_COMPARED,
    )
    assumed = {name: entry.value for name, entry in ASSUMPTIONS.items()} if with_defaults else {}
    assumed |= assumption_overrides(loaded.scenario, ASSUMPTIONS)
    values["assumptions"] = {
        name: _WRITTEN.get(ASSUMPTIONS[name].unit, str)(value) for name, value in assumed.items()
    }
    _canonize(loaded, values, with_defaults)
    return values


def _canonize(loaded: Loaded, values: Values, with_defaults: bool) -> None:
    """Write expressions and delays in one form; leave out the first administrator, or fill in."""
    gates, expectations = loaded.conditions.gates, loaded.conditions.expectations
    first = loaded.scenario.site.administrators[0].name
    for number, step in enumerate(values.get("plan", ())):
        if number in gates:
            step["when"] = unparse(gates[number])
        if "after" in step:
            name, delay = parse_after(step["after"])
            step["after"] = f"{name} + {format_duration(delay)}" if delay else name
        if with_defaults:
            step.setdefault("by", first)
        elif step.get("by") == first:
            del step["by"]
    for expectation, condition in zip(values.get("expect", ()), expectations, strict=True):
        expectation["expr"] = unparse(condition)


def item_key(path: str, item: Any) -> str:
    """Return what an item of a list is matched by: its name, or what it is.

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
        names = value if isinstance(value, list | dict) else [value]
        return f"{verb} {', '.join(map(str, names))}"
    return str(item.get("expr") or item.get("collection") or "")


Kind = Literal["changed", "added", "removed", "reordered"]

ORDERED = ("plan", "locations", "client_settings", "fleet.generate.mix")
"""Where the order changes a run."""

_MAX_NAMES = 6
"""Lists of up to this many names are written whole; of longer lists only the difference."""
_MAX_ITEMS = 12
"""At most this many items of a list are in `words`; `before` and `after` have all of them."""
_NOTHING = "(none)"
_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between two scenarios."""

    path: str
    """Where, such as `plan[pilot].at`."""
    kind: Kind
    before: Any
    """The old value as plain text, numbers, lists and dictionaries; None if there was none."""
    after: Any
    words: str
    """The edit as a planner reads it, in one line: `plan[pilot].at: 1 d 09:00 -> 3 d`."""


def plan_edits(before: Loaded, after: Loaded) -> tuple[Edit, ...]:
    """Return what differs between two scenarios, in the order in which a scenario is written."""
    old, new = _comparable(before, True), _comparable(after, True)
    short = (_comparable(before, False), _comparable(after, False))
    return tuple(_tables("", old, new, short))


def _tables(
    path: str, old: Values, new: Values, short: tuple[Values, Values] = ({}, {})
) -> Iterator[Edit]:
    """Yield the edits below two tables; *short* holds both of them without defaults."""
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
        yield Edit(
            path, "changed", old, new, f"{path}: {inline_text(old)}{_ARROW}{inline_text(new)}"
        )


def _has_items(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _whole(path: str, old: Any, new: Any, item: Any) -> Edit:
    """Return the edit of what is on one side only: a table as a whole, a value beside `(none)`."""
    kind: Kind = "added" if old is None else "removed"
    if isinstance(item, dict):
        sign = "+" if kind == "added" else "-"
        return Edit(
            path, kind, old, new, f"{sign} {path} {inline_text(item) if item else ''}".rstrip()
        )
    sides = (_NOTHING, inline_text(new)) if kind == "added" else (inline_text(old), _NOTHING)
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
            item = {
                name: part
                for name, part in brief[key in new][key].items()
                if not (name in ("name", "expr") and part == key)  # it is in the path
            }
            yield _whole(place, old.get(key), new.get(key), item)
    if path in ORDERED:
        yield from _reordered(path, keys[0], keys[1])


def _matched_keys(
    path: str, old: Sequence[Any], new: Sequence[Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a distinct key for each item of both lists; matching items share a key.

    Of items with the same name, equal ones match first, then the others in their order.
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
    return [*pairs, *zip_longest(left, right)]


def _names(path: str, old: list[Any], new: list[Any]) -> Iterator[Edit]:
    if sorted(map(str, old)) == sorted(map(str, new)):
        return
    words = f"{inline_text(old)}{_ARROW}{inline_text(new)}"
    if max(len(old), len(new)) > _MAX_NAMES:
        parts = [(_without(new, old), "added"), (_without(old, new), "removed")]
        words = ", ".join(f"{len(some)} {verb} {_few(some)}" for some, verb in parts if some)
    yield Edit(path, "changed", old, new, f"{path}: {words}")


def _without(names: list[Any], others: list[Any]) -> list[str]:
    return [str(name) for name in names if name not in set(others)]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else ""
    return f"({', '.join(names[:_MAX_NAMES])}{more})"


def _reordered(path: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Edit]:
    """Yield an edit where the items of both sides are in another order."""
    before = [key for key in old if key in set(new)]
    after = [key for key in new if key in set(old)]
    if before != after:
        words = f"{path}, order: {', '.join(before)}{_ARROW}{', '.join(after)}"
        yield Edit(path, "reordered", before, after, words)


def inline_text(value: Any) -> str:
    """Write a plain value in one line, much as a scenario does.

    >>> inline_text({"at": "3 d", "deploy": "Onboard", "to": ["Broad"], "kept": True})
    '{at: 3 d, deploy: Onboard, to: [Broad], kept: true}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {inline_text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        item = ", ".join(map(inline_text, value[:_MAX_ITEMS]))
        more = len(value) - _MAX_ITEMS
        return f"[{item} and {more} more]" if more > 0 else f"[{item}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != "" else "(empty)"
