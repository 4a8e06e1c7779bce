"""The one simulation of a scenario, made when its first item runs and remembered for the others."""

from pathlib import Path
from types import TracebackType

from sim.errors import UnusableInput
from sim.experiment.checked import Checked
from sim.experiment.checking import check
from sim.experiment.judging_reading import read_judging
from sim.experiment.processes import cores
from sim.output.baselines import Baselines
from sim.pytest_items.settings import Settings
from sim.pytest_items.sharing import once
from sim.scenario.loader import Loaded


class Simulation:
    """A scenario that was read, and what is found about it once somebody asks."""

    def __init__(self, loaded: Loaded, path: Path, settings: Settings) -> None:
        self.loaded = loaded
        self.path = path
        self._settings = settings
        self._found: Checked | None = None
        self._failed: tuple[Exception, TracebackType | None] | None = None

    def checked(self) -> Checked:
        """Return what was found; simulates the first time, in one worker of all.

        Raises UnusableInput for problems of the fleet or the baselines. What goes wrong inside is
        raised again each time: it would go wrong again.
        """
        if self._failed is not None:
            error, trace = self._failed
            raise error.with_traceback(trace)
        if self._found is None:
            try:
                self._found = once(self._settings.shared, str(self.path), self._simulate)
            except Exception as error:
                self._failed = (error, error.__traceback__)
                raise
        if self._found.problems:
            raise UnusableInput(self._found.problems)
        return self._found

    def _simulate(self) -> Checked:
        settings = self._settings
        folder = settings.baseline
        against = None if folder is None else Baselines(folder, read_judging(folder))
        return check(self.loaded, settings.jobs or cores(), against)
