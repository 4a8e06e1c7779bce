"""The scenario of a run folder: every default filled in, no file outside the folder named.

Defaults that depend on another part (the site's organization, a package's payload, a location's
time zone) are filled in here; the others stand in the model. The scenario loads and runs again with
the same result.
"""

from collections.abc import Mapping

from sim.runs.preparation import named_members, with_defaults
from sim.runs.replication import Replication
from sim.scenario.model import Collection, FleetSource, Import, MemberFile, Scenario
from sim.scenario.rendering import to_yaml

FLEET_FILE = "fleet.parquet"
"""The fleet as simulated, beside the scenario in a run folder."""


def scenario_text(run: Replication) -> str:
    """Return the scenario of a run folder, as YAML."""
    return to_yaml(complete_scenario(run, FLEET_FILE))


def complete_scenario(run: Replication, fleet_file: str) -> Scenario:
    """Return the scenario without open values; an imported fleet is read from *fleet_file*."""
    scenario = run.prepared.scenario
    first = scenario.site.administrators[0].name
    return scenario.model_copy(
        update={
            "site": scenario.site.model_copy(
                update={"organization": scenario.organization or None}
            ),
            "locations": tuple(
                place.model_copy(update={"time_zone": place.time_zone or scenario.site.time_zone})
                for place in scenario.locations
            ),
            "packages": tuple(
                package.model_copy(
                    update={
                        "payload": package.payload_name,
                        "downloaded": package.downloaded or scenario.start.date(),
                    }
                )
                for package in scenario.packages
            ),
            "collections": _collections(scenario, named_members(run.prepared.loaded)),
            "plan": tuple(
                step.model_copy(update={"by": step.by or first}) for step in scenario.plan
            ),
            "fleet": _fleet(scenario, fleet_file),
        }
    )


def _collections(
    scenario: Scenario, named: Mapping[str, tuple[str, ...]]
) -> tuple[Collection, ...]:
    return tuple(
        collection.model_copy(update={"members": named[collection.name]})
        if isinstance(collection.members, MemberFile)
        else collection
        for collection in scenario.collections
    )


def _fleet(scenario: Scenario, fleet_file: str) -> FleetSource:
    if scenario.fleet.generate is None:
        return scenario.fleet.model_copy(update={"import_": Import(file=fleet_file)})
    generate = with_defaults(scenario, scenario.fleet.generate)
    return scenario.fleet.model_copy(update={"generate": generate})
