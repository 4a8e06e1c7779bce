"""The names that a scenario gives to things, and its gates and expectations, parsed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.errors import UnusableInput
from sim.language.expressions import parse_expectation, parse_gate
from sim.language.tree import Condition
from sim.language.types import Names
from sim.reference.systems import OPERATING_SYSTEMS
from sim.scenario.model import Scenario
from sim.scenario.yaml_text import Loc


def names_of(scenario: Scenario) -> Names:
    """Return the names of *scenario*.

    An imported fleet brings locations and payloads of its own, and without `locations:` a
    generated fleet makes up its locations: then any value is accepted.
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
        operating_systems=tuple(OPERATING_SYSTEMS),
    )


ParsedConditions = Mapping[Loc, Condition | UnusableInput]
"""Each gate and each expectation by its place, or the error that says what is wrong with it."""


def parse_conditions(scenario: Scenario, names: Names) -> ParsedConditions:
    """Parse every `when:` and every expectation of a scenario. Nothing else parses them."""
    parsed: dict[Loc, Condition | UnusableInput] = {}
    for loc, text in _texts(scenario):
        try:
            parsed[loc] = (parse_gate if loc[0] == "plan" else parse_expectation)(text, names)
        except UnusableInput as error:
            parsed[loc] = error
    return parsed


def _texts(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    for number, step in enumerate(scenario.plan):
        if step.when is not None:
            yield ("plan", number, "when"), step.when
    for number, expectation in enumerate(scenario.expect):
        yield ("expect", number, "expr"), expectation.expr


@dataclass(frozen=True, slots=True)
class Conditions:
    """The gates and expectations of a scenario, as `load_scenario` has parsed them."""

    by_place: Mapping[Loc, Condition]
    """In the order of the file's sections: the plan first."""

    @property
    def gates(self) -> dict[int, Condition]:
        """The gate of each plan step that has one, by the step's position in the plan."""
        return {int(loc[1]): gate for loc, gate in self.by_place.items() if loc[0] == "plan"}

    @property
    def expectations(self) -> tuple[Condition, ...]:
        """The conditions of `expect:` in their order."""
        return tuple(asked for loc, asked in self.by_place.items() if loc[0] == "expect")
