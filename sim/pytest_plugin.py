"""The pytest plugin: scenarios as tests, and the fixture `fleet` for tests in Python.

A project opts in with `fleetsim_paths`. Until then pytest pays for this module alone: whatever is
slow to import waits in `sim.pytest_items` until there is a scenario to collect.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from sim.errors import FleetsimWarning
from sim.pytest_items.fixture import FleetFixture as Fleet
from sim.pytest_items.settings import KEY, SHARED, add_options, read_settings

__all__ = ["Fleet", "FleetsimWarning"]

_RUNNING = pytest.StashKey[Path]()
"""The file of the test that runs."""

_SHARED = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
"""What the workers of this run share; of the process that started them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings of the project."""
    config.stash[KEY] = read_settings(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the workers shared."""
    if _SHARED in config.stash:
        config.stash[_SHARED].cleanup()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist, before it starts, what it shares with the others."""
    config: pytest.Config = node.config
    if not config.stash[KEY].folders:
        return
    if _SHARED not in config.stash:
        config.stash[_SHARED] = tempfile.TemporaryDirectory(
            prefix="fleetsim-", ignore_cleanup_errors=True
        )
    node.workerinput[SHARED] = config.stash[_SHARED].name


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the scenarios of the folders that the project opts in."""
    settings = parent.config.stash[KEY]
    if not settings.folders:
        return None
    from sim.pytest_items.settings import is_scenario_test

    if not is_scenario_test(file_path, settings, parent.session.isinitpath(file_path)):
        return None
    from sim.pytest_items.items import ScenarioFile

    collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collected


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember whose turn it is: a fixture of the whole session is not told."""
    item.config.stash[_RUNNING] = item.path


@pytest.fixture(name="fleet", scope="session")
def fleet_fixture(pytestconfig: pytest.Config) -> Fleet:
    """Runs scenarios: `fleet.run("pilot.yaml", seed=7)`.

    Of the session, so that fixtures of any scope can run a scenario once for many tests.
    """
    settings = pytestconfig.stash[KEY]
    return Fleet(lambda: pytestconfig.stash.get(_RUNNING, None), (*settings.folders, settings.root))
