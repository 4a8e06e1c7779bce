"""The names a scenario gives to things, as expressions and queries may use them."""

from dataclasses import dataclass

from sim.scenario.model import Scenario
from sim.scenario.platform_names import operating_systems


@dataclass(frozen=True, slots=True)
class Names:
    """What the labels of an expression may be compared with; None accepts any value."""

    collections: tuple[str, ...] | None = ()
    policies: tuple[str, ...] | None = ()
    payloads: tuple[str, ...] | None = ()
    packages: tuple[str, ...] | None = ()
    locations: tuple[str, ...] | None = ()
    operating_systems: tuple[str, ...] | None = ()


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
