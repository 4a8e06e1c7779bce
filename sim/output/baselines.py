"""Comparing what was simulated with its baseline, or writing the first one.

How it is judged stands in `judging.yaml` beside the baselines: exact, by tolerances, or by the
paired differences of several replications.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.experiment.checked import AgainstBaseline
from sim.experiment.judging import Judging, Rules
from sim.experiment.replications import Ensemble
from sim.output.baseline_compared import compared
from sim.output.baseline_files import check_replaceable, folder_name, write_baseline
from sim.output.baseline_reading import FILE, UnreadableBaseline, read_baseline
from sim.scenario.expression_tree import Term
from sim.scenario.loader import Loaded


def is_folder_of_baselines(folder: Path) -> bool:
    """Say whether there are baselines in a folder; of one that nobody may look into no."""
    try:
        return folder.is_dir() and any((path / FILE).is_file() for path in folder.iterdir())
    except OSError:
        return False


@dataclass(frozen=True)
class Baselines:
    """A folder of baselines with its settings; called with what was simulated, it compares."""

    folder: Path
    judging: Judging

    def place(self, loaded: Loaded) -> Path:
        """Return the folder of a scenario's baseline."""
        return self.folder / folder_name(Path(loaded.file).stem)

    def holds(self, loaded: Loaded) -> bool:
        """Say whether a scenario has a baseline."""
        return (self.place(loaded) / FILE).is_file()

    def check_place(self, loaded: Loaded) -> None:
        """Raise UnusableInput where a scenario's baseline would replace something else."""
        check_replaceable(self.place(loaded))

    def rules(self, loaded: Loaded) -> Rules:
        """Return how a scenario is judged; raises UnusableInput for measures it cannot have."""
        return self.judging.rules(Path(loaded.file).stem, loaded.scenario)

    def terms(self, loaded: Loaded) -> tuple[Term, ...]:
        """Return the numbers to be read in each replication; raises UnusableInput."""
        return self.rules(loaded).terms

    def unused(self, files: Sequence[Path]) -> tuple[str, ...]:
        """Return the baselines that belong to none of some scenario files, in order of name."""
        used = {folder_name(file.stem) for file in files}
        if not self.folder.is_dir():
            return ()
        kept = (path for path in sorted(self.folder.iterdir()) if (path / FILE).exists())
        return tuple(path.name for path in kept if path.name not in used)

    def strangers(self, files: Sequence[Path]) -> tuple[Problem, ...]:
        """Return what the settings say of scenarios that are not here and have no baseline."""
        known = [*(file.stem for file in files), *self.unused(files)]
        return tuple(
            self.judging.places.problem(
                ("scenarios", name),
                "no scenario and no baseline has this name",
                "",
                nearest(name, known),
            )
            for name in self.judging.file.scenarios
            if name not in known and folder_name(name) not in known
        )

    def __call__(self, ensemble: Ensemble) -> AgainstBaseline:
        """Compare with the baseline; where there is none it is written, and that is said."""
        loaded = ensemble.first.loaded
        place, rules = self.place(loaded), self.rules(loaded)
        try:
            baseline = read_baseline(place)
            if baseline is not None:
                return compared(baseline, ensemble, rules)
            write_baseline(place, ensemble, rules)
        except UnreadableBaseline as error:
            told = f"{place.as_posix()} cannot be read: {error}; restore it, or move it away"
            return _missing(f"{told} and write it anew: fleetsim baseline update")
        except UnusableInput as error:
            return _missing(f"There was none, and none can be written: {error}")
        return _missing(
            f"There was none: it is written to {place.as_posix()}. Look at it, keep it."
        )


def _missing(told: str) -> AgainstBaseline:
    return AgainstBaseline("missing", "nothing to compare with", (told,))
