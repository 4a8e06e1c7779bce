"""Where a result comes from: scenario, versions, seed, digests, assumptions; no host, no time.

The scenario is written with every default filled in, and names no file outside the folder. Defaults
that depend on another part (the site's organization, a package's payload, a location's time zone)
are filled in here; the others stand in the model. It loads and runs again with the same result.
"""

import hashlib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from sim.fleet.tables import columns_of, table_of
from sim.reference.assumptions import ASSUMPTIONS
from sim.runs.preparation import named_members, with_defaults
from sim.runs.replication import Replication
from sim.scenario.model import FleetSource, Import, MemberFile, Scenario
from sim.scenario.rendering import to_yaml
from sim.version import __version__

FLEET_FILE = "fleet.parquet"
"""The fleet as simulated, beside the scenario in a run folder."""


def scenario_text(run: Replication) -> str:
    """Return the scenario of a run folder as YAML: every default filled in, no other file named.

    Defaults that depend on another part are filled in here, the others in the model. The scenario
    loads and runs again with the same result.
    """
    return to_yaml(_complete(run))


def _complete(run: Replication) -> Scenario:
    scenario = run.prepared.scenario
    first, named = scenario.site.administrators[0].name, named_members(run.prepared.loaded)
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
            "collections": tuple(
                collection.model_copy(update={"members": named[collection.name]})
                if isinstance(collection.members, MemberFile)
                else collection
                for collection in scenario.collections
            ),
            "plan": tuple(
                step.model_copy(update={"by": step.by or first}) for step in scenario.plan
            ),
            "fleet": _fleet(scenario),
        }
    )


def _fleet(scenario: Scenario) -> FleetSource:
    if scenario.fleet.generate is None:
        return scenario.fleet.model_copy(update={"import_": Import(file=FLEET_FILE)})
    generate = with_defaults(scenario, scenario.fleet.generate)
    return scenario.fleet.model_copy(update={"generate": generate})


LIBRARIES = ("simpy", "numpy", "pandas", "pyarrow", "faker", "tzdata")


def provenance(
    run: Replication, scenario_text: str, replication: int, log_digests: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the content of provenance.json; *scenario_text* is the scenario with its defaults.

    *log_digests* are those of several replications, in order.
    """
    scenario = run.prepared.scenario
    return {
        "tool": "fleetsim",
        "version": __version__,
        "format": scenario.format,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "seed": scenario.seed,
        "replication": replication,
        "digests": {
            "scenario": text_digest(scenario_text),
            "fleet": fleet_digest(run),
            "events": run.log.digest,
            **({"replications": list(log_digests)} if log_digests else {}),
        },
        "assumptions": [
            {
                "name": entry.name,
                "value": run.prepared.assumed[name],
                "unit": entry.unit,
                "source": entry.source,
                "overridden": name in scenario.assumptions,
            }
            for name, entry in ASSUMPTIONS.items()
        ],
    }


def text_digest(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def fleet_digest(run: Replication) -> str:
    """Return the digest of the fleet as a table, independent of how a file stores it."""
    columns = columns_of(table_of(run.prepared.fleet))
    lines = (columns, *zip(*columns.values(), strict=True))
    return text_digest("\x1e".join(map("\x1f".join, lines)))
