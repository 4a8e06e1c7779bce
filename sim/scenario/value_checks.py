"""Checks of values by another table: assumptions by their unit, patches by their trait."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.errors import nearest
from sim.language.query_parser import fits
from sim.reference.assumptions import Assumption
from sim.reference.traits import RESULT_COLUMNS, TRAITS, TraitKind
from sim.reference.versions import client_version_number
from sim.scenario.check_context import CheckContext, Inconsistency
from sim.scenario.model import Scenario
from sim.scenario.steps import Patch
from sim.scenario.yaml_text import Loc
from sim.units import parse_duration, parse_share

Assumptions = Mapping[str, Assumption]

MAX_ASSUMPTION = 10**12

_WRITTEN = {
    "s": "a duration such as 90 min",
    "share": "a share such as 5 %",
    "version": 'a version such as "2403"',
}


def read_assumption(unit: str, value: object) -> int:
    """Return the value of an overridden assumption as the integer that the table holds.

    Durations are read as seconds, shares as parts per million, versions as their number; anything
    else is a whole number, zero or more. Raises ValueError when *value* is not written like that.
    """
    if unit == "s" and isinstance(value, str):
        return parse_duration(value)
    if unit == "share" and isinstance(value, str):
        return parse_share(value)
    if unit == "version" and isinstance(value, str) and len(value) == 4 and value.isdecimal():
        return int(value)
    if unit not in _WRITTEN and type(value) is int and value >= 0:
        return value
    raise ValueError("not written like a value of this unit")


def assumption_overrides(scenario: Scenario, table: Assumptions) -> dict[str, int]:
    """Return the assumptions that *scenario* overrides, as integers by name.

    Raises ValueError or KeyError for what the loader would have refused.
    """
    return {
        name: read_assumption(table[name].unit, value)
        for name, value in scenario.assumptions.items()
    }


def wrong_assumptions(scenario: Scenario, table: Assumptions) -> Iterator[Inconsistency]:
    """Yield each override that *table* has no assumption for, or whose value does not fit it."""
    for name, value in scenario.assumptions.items():
        loc: Loc = ("assumptions", name)
        if name not in table:
            suggestion = nearest(name, tuple(table))
            yield Inconsistency(loc, "unknown assumption", "", suggestion)
            continue
        unit, least = table[name].unit, table[name].least
        try:
            number = read_assumption(unit, value)
        except ValueError:
            expected = _WRITTEN.get(unit, f"a whole number ({unit}), zero or more")
            yield Inconsistency(loc, "not a value of this assumption", f"write {expected}")
            continue
        if number > MAX_ASSUMPTION:
            expected = f"at most {MAX_ASSUMPTION} {unit}"
            yield Inconsistency(loc, "the value is too large to simulate", expected)
        elif number < least:
            expected = f"at least {least} {unit}"
            yield Inconsistency(loc, "the value is too small to simulate", expected)


def wrong_patches(context: CheckContext) -> Iterator[Inconsistency]:
    """Yield each trait that cannot be patched, or not to that value."""
    for position, step in enumerate(context.scenario.plan):
        if isinstance(step, Patch):
            loc: Loc = ("plan", position, "patch")
            if not step.patch:
                yield Inconsistency(loc, "nothing to patch", "write {TRAIT: VALUE}")
            for name, value in step.patch.items():
                yield from _patch((*loc, name), name, value)


def _patch(loc: Loc, name: str, value: Any) -> Iterator[Inconsistency]:
    trait = TRAITS.get(name)
    patchable = tuple(name for name, trait in TRAITS.items() if trait.patchable)
    if trait is None and name not in RESULT_COLUMNS:
        expected = f"one of {', '.join(patchable)}"
        yield Inconsistency(loc, "unknown trait", expected, nearest(name, patchable))
    elif trait is None or not trait.patchable:
        what = "this cannot be patched"
        yield Inconsistency(loc, what, "a patch changes what is installed, set or reachable")
    elif name == "client_version" and not _is_client_version(value):
        expected = "such as '2403' or '5.00.9128'"
        yield Inconsistency(loc, "not a version of the ConfigMgr client", expected)
    elif not fits(trait, value):
        words = f"one of {', '.join(trait.words)}"
        expected = words if trait.kind is TraitKind.WORD else trait.kind.value
        yield Inconsistency(loc, f"not a value of {name}", expected, _near(value, trait.words))


def _is_client_version(value: Any) -> bool:
    try:
        client_version_number(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _near(value: Any, words: tuple[str, ...]) -> str:
    return nearest(value, words) if isinstance(value, str) else ""
