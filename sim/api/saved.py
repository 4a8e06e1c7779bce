"""Run folders in Python: frames and summary are read back, nothing is simulated again."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.api.arguments import as_path, as_text
from sim.api.frames import expectation_frame, figures_row, frame
from sim.api.scenarios import LoadedScenario, load
from sim.errors import Problem, UnusableInput
from sim.run_folder.archive import replication_folder
from sim.run_folder.story import check_run_folder, damaged_file, stored_table, story


@dataclass(frozen=True)
class SavedRun:
    """A run folder; each of its files is read when it is first needed.

    Raises UnusableInput where a file is missing or damaged.
    """

    folder: Path

    @cached_property
    def scenario(self) -> LoadedScenario:
        """What was simulated, complete with defaults: it runs again and gives the same."""
        return load(self.folder / "scenario.yaml")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`."""
        return self._json("summary.json")

    def _json(self, file: str) -> dict[str, Any]:
        try:
            document = json.loads((self.folder / file).read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            raise self._damaged(file) from None
        if not isinstance(document, dict):
            raise self._damaged(file)
        return document

    @cached_property
    def expectations(self) -> pd.DataFrame:
        """One row an expectation: `text`, `outcome`, `observed`."""
        try:
            return expectation_frame(self.summary)
        except (LookupError, TypeError, ValueError):
            raise self._damaged("summary.json") from None

    @cached_property
    def devices(self) -> pd.DataFrame:
        """One row for each device; times in seconds since the start."""
        return self._read("devices.parquet")

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event; the device of a step of the plan is empty."""
        return self._read("events.parquet")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure over time."""
        return self._read("measures.parquet")

    @cached_property
    def replications(self) -> pd.DataFrame:
        """One row for each replication: figures at the end, times in seconds since the start."""
        self._refuse_one("replications")
        try:
            digests = list(self._json("provenance.json")["digests"]["replications"])
        except (LookupError, TypeError):
            raise self._damaged("provenance.json") from None
        if len(digests) != self.summary.get("replications"):
            raise self._damaged("provenance.json")
        rows = []
        for number, digest in enumerate(digests, start=1):
            file = (replication_folder(Path(), number) / "summary.json").as_posix()
            try:
                rows.append(figures_row(number, self._json(file), digest))
            except (LookupError, TypeError):
                raise self._damaged(file) from None
        return pd.DataFrame(rows)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Measures over time over several replications: mean, P10, P50 and P90."""
        self._refuse_one("bands")
        return self._read("bands.parquet")

    def _refuse_one(self, what: str) -> None:
        if self.summary.get("replications", 1) == 1:
            expected = "a folder of a run with several: fleetsim run --replications 20"
            raise UnusableInput([Problem(f"one replication has no {what}", expected=expected)])

    def story(self, device: str) -> str:
        """Return the history of a device, line by line, with the rules behind it."""
        return "\n".join(story(self.folder, as_text(device, "device", "WS-000001")))

    def _read(self, file: str) -> pd.DataFrame:
        return frame(stored_table(self.folder, file))

    def _damaged(self, file: str) -> UnusableInput:
        return damaged_file(self.folder / file)


def open_run(folder: str | Path) -> SavedRun:
    """Open a run folder. Raises UnusableInput when *folder* is not one."""
    place = as_path(folder, "run folder", "results/pilot-7")
    check_run_folder(place)
    return SavedRun(place)
