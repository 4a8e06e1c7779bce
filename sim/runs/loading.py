"""Values of labels that only the fleet knows: locations and payloads that its table brings.

Reading a scenario with a look at its fleet table: what is wrong with both is told at once.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from sim.errors import Problem, UnusableInput
from sim.language.labels import unknown_value
from sim.language.tree import series_in
from sim.scenario import loader
from sim.scenario.conditions import names_of
from sim.scenario.loader import Loaded, UnsoundScenario
from sim.scenario.model import Scenario
from sim.scenario.steps import Patch, Step

if TYPE_CHECKING:
    from sim.fleet.device import Fleet


Known = dict[str, tuple[str, ...]]


def refuse_unknown_label_values(loaded: Loaded, fleet: "Fleet") -> None:
    """Refuse gates and expectations that name a location or a payload that nobody ever has.

    *fleet* is the whole fleet. Before it is read any name has to be accepted; a mistyped one would
    only be without data. Raises UnusableInput with all of them.
    """
    problems = tuple(_unknown(loaded, fleet))
    if problems:
        raise UnusableInput(problems)


def _unknown(loaded: Loaded, fleet: "Fleet") -> Iterator[Problem]:
    known = _known(loaded.scenario, fleet)
    for loc, condition in loaded.conditions.by_place.items():
        for series in series_in(condition):
            for chosen in series.filters:
                words = known.get(chosen.label)
                if words is not None and chosen.value not in words:
                    problem = unknown_value(chosen.label, chosen.value, words)
                    yield loaded.lines.problem(
                        loc, problem.what, problem.expected, problem.suggestion
                    )


def _known(scenario: Scenario, fleet: "Fleet") -> Known:
    named = names_of(scenario)
    payloads = [package.payload_name for package in scenario.packages]
    places = [
        *(location.name for location in scenario.locations),
        *(str(step.patch["location"]) for step in scenario.plan if _moves(step)),
    ]
    devices = fleet.devices
    return {
        "location": _words(places, named.locations, (one.location for one in devices)),
        "payload": _words(payloads, named.payloads, (one.payload for one in devices)),
    }


def _moves(step: Step) -> TypeGuard[Patch]:
    return isinstance(step, Patch) and "location" in step.patch


def _words(*of: Iterable[str] | None) -> tuple[str, ...]:
    """Return all words in order of the alphabet."""
    return tuple(sorted({word for words in of for word in words or ()} - {""}))


def load_with_fleet(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Read the scenario at *path*, as `sim.scenario.loader.load_scenario` does.

    Raises UnusableInput with all that is wrong with it, and then with its fleet table too.
    """
    return _whole(lambda: loader.load_scenario(path, overrides))


def load_text_with_fleet(
    source: str, file: str, folder: Path | None = None, overrides: Iterable[str] = ()
) -> Loaded:
    """Read a scenario from its text, as `sim.scenario.loader.load_text` does; see `load`."""
    return _whole(lambda: loader.load_text(source, file, folder, overrides))


def _whole(read: Callable[[], Loaded]) -> Loaded:
    try:
        return read()
    except UnsoundScenario as error:
        further = [] if error.sound is None else _of_the_table(error.sound)
        raise UnusableInput(dict.fromkeys((*error.problems, *further))) from None


def _of_the_table(loaded: Loaded) -> Iterator[Problem]:
    table = loaded.scenario.fleet.import_
    path = None if table is None else loaded.folder / table.file
    if path is None or not path.is_file():  # the scenario's own problem
        return
    from sim.inventories.importing import read_devices

    try:
        read_devices(path, str(path), loaded.scenario.site.time_zone)
    except UnusableInput as error:
        yield from error.problems
