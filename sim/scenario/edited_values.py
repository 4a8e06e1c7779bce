"""A scenario as plain values that can be set against another's: each thing in its one form."""

from collections.abc import Callable
from typing import Any

from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario.expressions import conditions_of, unparse
from sim.scenario.model import Scenario
from sim.scenario.steps import parse_after, step_verb
from sim.scenario.value_checks import assumption_overrides
from sim.units import format_duration, format_share

Values = dict[str, Any]

_NO_PLAN = ("format", "name", "question", "seed", "replications")
"""What says which scenario it is and which luck it has, not what is done."""

_WRITTEN: dict[str, Callable[[int], str]] = {"s": format_duration, "share": format_share}


def comparable(scenario: Scenario) -> Values:
    """Return all of a scenario with every default filled in, as text, numbers, lists and tables."""
    values = _plain(scenario.model_dump(by_alias=True, exclude_none=True, exclude=set(_NO_PLAN)))
    values["assumptions"] = _assumptions(scenario, {n: e.value for n, e in ASSUMPTIONS.items()})
    return _in_one_form(scenario, values, fill=True)


def in_short(scenario: Scenario) -> Values:
    """Return the same without what has its default: for telling of an item as a whole."""
    values: Values = _plain(
        scenario.model_dump(
            by_alias=True, exclude_none=True, exclude_defaults=True, exclude=set(_NO_PLAN)
        )
    )
    values["assumptions"] = _assumptions(scenario, {})
    return _in_one_form(scenario, values, fill=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _assumptions(scenario: Scenario, shipped: dict[str, int]) -> Values:
    """Return each assumption as it is written, however the scenario wrote it."""
    in_force = shipped | assumption_overrides(scenario, ASSUMPTIONS)
    units = {name: ASSUMPTIONS[name].unit for name in in_force}
    return {name: _WRITTEN.get(units[name], str)(value) for name, value in in_force.items()}


def _in_one_form(scenario: Scenario, values: Values, fill: bool) -> Values:
    """Write expressions and delays in their one form.

    Everybody who carries out a step is named where *fill* says so; else only who is not the first.
    """
    conditions = conditions_of(scenario)
    first = scenario.site.administrators[0].name
    for number, step in enumerate(values.get("plan", ())):
        if number in conditions.gates:
            step["when"] = unparse(conditions.gates[number])
        if "after" in step:
            name, delay = parse_after(step["after"])
            step["after"] = f"{name} + {format_duration(delay)}" if delay else name
        if fill:
            step.setdefault("by", first)
        elif step.get("by") == first:
            del step["by"]
    for one, condition in zip(values.get("expect", ()), conditions.expectations, strict=True):
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
