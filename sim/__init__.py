"""fleetsim: simulate a Defender for Endpoint rollout through Configuration Manager.

    import sim

    scenario = sim.load("scenarios/pilot.yaml", set={"seed": 8})
    result = sim.run(scenario)
    result.summary["coverage_pct"]

Importing the package is fast: slow modules are imported when they are first used.

Read the package from the bottom up: units, errors and vocabulary; then reference (what the product
does), language and scenario (the plan), fleet and schedules (who takes part, and when), eventlog
and measures, kernel (what happens), judging and accounts (what it means), runs, text, figures and
report (how it is shown), checking, comparison and baselines; at the top the doors, api and cli.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from sim import errors
from sim.version import __version__

if TYPE_CHECKING:
    from sim.api.pictures import Picture
    from sim.api.results import Result, run
    from sim.api.saved import SavedRun, open_run
    from sim.api.scenarios import LoadedScenario as Scenario
    from sim.api.scenarios import load
    from sim.reference.rules import Rule
    from sim.reference.rules import rule as explain


__all__ = [
    "Picture",
    "Result",
    "Rule",
    "SavedRun",
    "Scenario",
    "__version__",
    "errors",
    "explain",
    "load",
    "open_run",
    "run",
]

_PLACES = {
    "Picture": "sim.api.pictures",
    "Result": "sim.api.results",
    "Rule": "sim.reference.rules",
    "SavedRun": "sim.api.saved",
    "Scenario": "sim.api.scenarios",
    "explain": "sim.reference.rules",
    "load": "sim.api.scenarios",
    "open_run": "sim.api.saved",
    "run": "sim.api.results",
}
"""The module of each public name, imported when the name is first used."""

_OTHER_NAMES = {"Scenario": "LoadedScenario", "explain": "rule"}
"""Names in those modules that differ from the public name."""

if not TYPE_CHECKING:  # a type checker would take any name for a public one

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), _OTHER_NAMES.get(name, name))


def __dir__() -> list[str]:
    return list(__all__)
