"""What tests in Python get as `fleet`: scenarios found by name, and run."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Problem, UnusableInput

if TYPE_CHECKING:
    from sim.api.results import Result


class FleetFixture:
    """Runs scenarios for tests."""

    def __init__(self, running: Callable[[], Path | None], folders: tuple[Path, ...]) -> None:
        self._running = running
        self._folders = folders

    def run(
        self,
        path: str | Path,
        *,
        seed: int | None = None,
        replication: int | None = None,
        set: Mapping[str, object] | None = None,
        replications: int | None = None,
        jobs: int = 1,
    ) -> "Result":
        """Rehearse the scenario in a file, as `sim.run` does.

        A relative name is looked for beside the test that is running, then in the folders that the
        project opts in, then in the project's root. *seed* stands instead of the scenario's, *set*
        changes values by their path. Raises UnusableInput.
        """
        import sim

        return sim.run(
            sim.load(self.find(path), set),
            seed=seed,
            replication=replication,
            replications=replications,
            jobs=jobs,
        )

    def find(self, path: str | Path) -> Path:
        """Return where a scenario is; raises UnusableInput that says where it was looked for."""
        folders = list(dict.fromkeys(self._places()))
        found = next((folder / path for folder in folders if (folder / path).is_file()), None)
        if found is None:
            where = ", ".join(folder.as_posix() for folder in folders)
            expected = f"a scenario in one of {where}"
            raise UnusableInput([Problem("there is no such file", "", expected, file=str(path))])
        return found

    def _places(self) -> Iterator[Path]:
        test = self._running()
        if test is not None:
            yield test.parent
        yield from self._folders
