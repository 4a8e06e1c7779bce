"""The pytest plugin: scenarios as tests, and the fixture `fleet` for tests in Python.

A project opts in with `fleetsim_paths`. Until then pytest imports only this module and the
settings; what is slow to import waits in `sim.pytest_items` until there is a scenario to collect.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.pytest_items.settings import KEY, SHARED, add_options, is_scenario_test, read_settings

if TYPE_CHECKING:
    from sim.api.results import Result

__all__ = ["Fleet", "FleetsimWarning"]

_RUNNING = pytest.StashKey[Path]()
"""The file of the current test."""

_SHARED = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
"""The folder that the workers of this run share, in the process that started them."""


class FleetFixture:
    """Runs scenarios for tests: the value of the fixture `fleet`."""

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
        """Run the scenario in a file, as `sim.run` does.

        A relative name is searched beside the current test, then in the folders of
        `fleetsim_paths`, then in the root of the project. *seed* replaces the seed of the scenario,
        *set* changes values by their path. Raises UnusableInput.
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
        """Return where a scenario is; raises UnusableInput with the folders that were searched."""
        folders = list(dict.fromkeys(self._places()))
        file = next((folder / path for folder in folders if (folder / path).is_file()), None)
        if file is None:
            where = ", ".join(folder.as_posix() for folder in folders)
            expected = f"a scenario in one of {where}"
            raise UnusableInput([Problem("there is no such file", "", expected, file=str(path))])
        return file

    def _places(self) -> Iterator[Path]:
        test = self._running()
        if test is not None:
            yield test.parent
        yield from self._folders


Fleet = FleetFixture
"""The name for type annotations in tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings of the project."""
    config.stash[KEY] = read_settings(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder that the workers shared."""
    if _SHARED in config.stash:
        config.stash[_SHARED].cleanup()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the shared folder before it starts."""
    config: pytest.Config = node.config
    if not config.stash[KEY].folders:
        return
    if _SHARED not in config.stash:
        config.stash[_SHARED] = tempfile.TemporaryDirectory(
            prefix="fleetsim-", ignore_cleanup_errors=True
        )
    node.workerinput[SHARED] = config.stash[_SHARED].name


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the scenarios in the folders of the project."""
    settings = parent.config.stash[KEY]
    if not settings.folders:
        return None
    if not is_scenario_test(file_path, settings, parent.session.isinitpath(file_path)):
        return None
    from sim.pytest_items.items import ScenarioFile

    collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collected


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember the file of the current test, which a session fixture cannot ask for."""
    item.config.stash[_RUNNING] = item.path


@pytest.fixture(name="fleet", scope="session")
def fleet_fixture(pytestconfig: pytest.Config) -> Fleet:
    """Runs scenarios: `fleet.run("pilot.yaml", seed=7)`.

    The scope is the session, so that fixtures of any scope can run a scenario once for many tests.
    """
    settings = pytestconfig.stash[KEY]
    return Fleet(lambda: pytestconfig.stash.get(_RUNNING, None), (*settings.folders, settings.root))
