"""Loading a scenario together with its fleet table: problems of both are reported at once.

Locations and payloads that conditions name can only be checked against the fleet.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from sim.errors import Problem, UnusableInput
from sim.language.tree import series_in
from sim.language.types import unknown_value
from sim.scenario import loader
from sim.scenario.loader import Loaded, UnsoundScenario
from sim.scenario.model import Scenario, names_of
from sim.scenario.steps import Patch, Step

if TYPE_CHECKING:
    from sim.fleet.device import Fleet


def refuse_unknown_label_values(loaded: Loaded, fleet: "Fleet") -> None:
    """Refuse gates and expectations that name a location or a payload that no device ever has.

    *fleet* is the whole fleet. A mistyped name would otherwise only have no data. Raises
    UnusableInput with all of them.
    """
    names = _label_values(loaded.scenario, fleet)
    problems = [
        loaded.lines.placed(loc, unknown_value(chosen.label, chosen.value, names[chosen.label]))
        for loc, condition in loaded.conditions.by_place.items()
        for series in series_in(condition)
        for chosen in series.filters
        if chosen.label in names and chosen.value not in names[chosen.label]
    ]
    if problems:
        raise UnusableInput(problems)


def _label_values(scenario: Scenario, fleet: "Fleet") -> dict[str, tuple[str, ...]]:
    named = names_of(scenario)
    payloads = [package.payload_name for package in scenario.packages]
    places = [
        *(location.name for location in scenario.locations),
        *(str(step.patch["location"]) for step in scenario.plan if _moves(step)),
    ]
    devices = fleet.devices
    return {
        "location": _sorted_names(places, named.locations, (device.location for device in devices)),
        "payload": _sorted_names(payloads, named.payloads, (device.payload for device in devices)),
    }


def _moves(step: Step) -> TypeGuard[Patch]:
    return isinstance(step, Patch) and "location" in step.patch


def _sorted_names(*lists: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted({name for names in lists for name in names or ()} - {""}))


def load_with_fleet(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Load the scenario at *path*, as `sim.scenario.loader.load_scenario` does.

    Raises UnusableInput with all problems of the scenario and of its fleet table.
    """
    return _with_table_problems(lambda: loader.load_scenario(path, overrides))


def load_text_with_fleet(
    source: str, file: str, folder: Path | None = None, overrides: Iterable[str] = ()
) -> Loaded:
    """Load a scenario from its text, as `sim.scenario.loader.load_text` does."""
    return _with_table_problems(lambda: loader.load_text(source, file, folder, overrides))


def _with_table_problems(read: Callable[[], Loaded]) -> Loaded:
    try:
        return read()
    except UnsoundScenario as error:
        of_table = [] if error.sound is None else _table_problems(error.sound)
        raise UnusableInput(dict.fromkeys((*error.problems, *of_table))) from None


def _table_problems(loaded: Loaded) -> Iterator[Problem]:
    table = loaded.scenario.fleet.import_
    path = None if table is None else loaded.folder / table.file
    if path is None or not path.is_file():  # the scenario's own problem
        return
    from sim.inventories.importing import read_devices

    try:
        read_devices(path, str(path), loaded.scenario.site.time_zone)
    except UnusableInput as error:
        yield from error.problems
