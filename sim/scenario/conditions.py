"""The names that a scenario gives to things, and its conditions, parsed once."""

from dataclasses import dataclass
from typing import Any

from sim.language.expressions import parse_expectation, parse_gate
from sim.language.labels import Names
from sim.language.traits import operating_systems
from sim.language.tree import Condition
from sim.scenario.model import Scenario


def names_of(scenario: Scenario) -> Names:
    """Return the names of *scenario*.

    An imported fleet brings locations and payloads of its own, and without `locations:` a
    generated one makes them up: then any value is accepted.
    """
    generate = scenario.fleet.generate
    payloads = dict.fromkeys(package.payload_name for package in scenario.packages)
    if generate and generate.already_onboarded.payload:
        payloads[generate.already_onboarded.payload] = None
    return Names(
        collections=tuple(collection.name for collection in scenario.collections),
        policies=tuple(policy.name for policy in scenario.policies),
        payloads=tuple(payloads) if generate else None,
        packages=tuple(package.name for package in scenario.packages),
        locations=tuple(place.name for place in scenario.locations) or None if generate else None,
        operating_systems=operating_systems(),
    )


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a scenario, parsed once."""

    gates: dict[int, Condition]
    """The gate of each plan step that has one, by the step's position in the plan."""
    expectations: tuple[Condition, ...]
    """In the order of `expect:`."""


def conditions_of(scenario: Scenario) -> Conditions:
    """Return the parsed gates and expectations of *scenario*.

    Raises UnusableInput when one is wrong: never for a scenario that the loader returned.
    """
    names = names_of(scenario)
    steps: tuple[Any, ...] = scenario.plan
    gates = {i: parse_gate(step.when, names) for i, step in enumerate(steps) if step.when}
    return Conditions(gates, tuple(parse_expectation(one.expr, names) for one in scenario.expect))
