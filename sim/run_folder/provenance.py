"""The origin of a result: versions, seed, digests, assumptions. No host, no path, no time."""

import hashlib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from sim.fleet.tables import columns_of, table_of
from sim.reference.assumptions import ASSUMPTIONS
from sim.runs.replication import Replication
from sim.version import __version__

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
