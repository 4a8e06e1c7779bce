"""What a run folder keeps of each of several replications, written where it was simulated."""

from dataclasses import dataclass
from pathlib import Path

from sim.analysis.bands import store_values
from sim.experiment.rehearsal import Rehearsal
from sim.output.json_file import write_json
from sim.parquet_file import write_parquet

REPLICATIONS = "replications"
"""The folder in a run folder."""


def replication_folder(folder: Path, number: int) -> Path:
    """Return where a replication is kept in a run folder: `replications/007`."""
    return folder / REPLICATIONS / f"{number:03}"


@dataclass(frozen=True)
class ReplicationFiles:
    """Writes the summary and the measures of each replication, and its values for the bands."""

    folder: Path
    """The run folder."""
    values: Path
    """Where the values are written until the bands are made of them."""

    def prepare(self) -> None:
        """Make the folders; where they are gone again, a process that still works ends."""
        (self.folder / REPLICATIONS).mkdir()
        self.values.mkdir()

    def __call__(self, run: Rehearsal, number: int) -> None:
        """Keep one replication."""
        place = replication_folder(self.folder, number)
        place.mkdir()
        write_json(place / "summary.json", run.summary)
        write_parquet(place / "measures.parquet", run.measures)
        store_values(run.measures, self.stored(number))

    def stored(self, number: int) -> Path:
        """Return where the values of a replication are written."""
        return self.values / f"{number:03}.values"
