"""Reading a scenario with a look at its fleet table: what is wrong with both is told at once."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.scenario import loader
from sim.scenario.loader import Loaded, UnsoundScenario


def load(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Read the scenario at *path*, as `sim.scenario.loader.load` does.

    Raises UnusableInput with all that is wrong with it, and then with its fleet table too.
    """
    return _whole(lambda: loader.load(path, overrides))


def load_text(
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
    from sim.fleet.inventories.importing import read_devices

    try:
        read_devices(path, str(path), loaded.scenario.site.time_zone)
    except UnusableInput as error:
        yield from error.problems
