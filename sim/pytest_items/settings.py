"""The settings of the plugin: where a project's scenarios are, and how they are simulated.

Imports nothing but pytest and the standard library, because every run of pytest imports it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

_RUN_FOLDER = "provenance.json"

PATHS = "fleetsim_paths"
BASELINE = "fleetsim_baseline"
JOBS = "--fleetsim-jobs"
SHARED = "fleetsim_shared"
"""The key under which a worker of pytest-xdist gets the shared folder."""


@dataclass(frozen=True)
class Settings:
    """The settings of one run of pytest."""

    root: Path
    """The project's: folders are relative to it."""
    started_in: Path
    """Where pytest was started: names of files are relative to it."""
    folders: tuple[Path, ...] = ()
    """Where scenarios are collected; empty unless the project opts in."""
    baseline: Path | None = None
    """The folder of baselines, if scenarios are compared with any."""
    jobs: int | None = None
    """Parallel processes; None for one per core."""
    shared: Path | None = None
    """The folder that the workers of one run share; None without workers."""

    def shown(self, file: Path) -> str:
        """Return a file's name relative to where pytest was started, with forward slashes."""
        try:
            return Path(os.path.relpath(file, self.started_in)).as_posix()
        except ValueError:  # another drive
            return file.as_posix()


KEY = pytest.StashKey[Settings]()


def add_options(parser: pytest.Parser) -> None:
    """Register the options with pytest."""
    parser.addini(PATHS, "Folders whose scenarios are collected.", type="args", default=[])
    help = "The folder of baselines to compare scenarios with; a missing baseline is written."
    parser.addini(BASELINE, help, default="")
    group = parser.getgroup("fleetsim", "scenarios of fleetsim")
    group.addoption(
        JOBS,
        type=int,
        metavar="N",
        help="Parallel processes for the replications of a scenario;"
        " default: one per core, 1 with pytest-xdist.",
    )


def read_settings(config: pytest.Config) -> Settings:
    """Return the settings of the project and the command line.

    Raises pytest.UsageError for a folder that does not exist: scenarios that are never run must
    not look as if they passed.
    """
    worker = getattr(config, "workerinput", None)
    shared = None if worker is None else worker.get(SHARED)
    baseline, jobs = config.getini(BASELINE), config.getoption(JOBS)
    if jobs is not None and jobs < 1:
        raise pytest.UsageError(f"{JOBS}: {jobs} is not a number of processes; write 1 or more")
    return Settings(
        root=config.rootpath,
        started_in=config.invocation_params.dir,
        folders=tuple(_folder(config.rootpath, name) for name in config.getini(PATHS)),
        baseline=_within(config.rootpath, baseline) if baseline else None,
        jobs=1 if jobs is None and worker is not None else jobs,
        shared=None if shared is None else Path(shared),
    )


def _folder(root: Path, name: str) -> Path:
    folder = _within(root, name)
    if not folder.exists():
        raise pytest.UsageError(f"{PATHS}: there is no folder {name} in {root}")
    return folder


def _within(root: Path, name: str) -> Path:
    return Path(os.path.normpath(root / name))


def is_scenario_test(file: Path, settings: Settings, is_named: bool = False) -> bool:
    """Return whether a file is a scenario to test: in one of the folders, with expectations.

    With baselines it need not have expectations. A file that is named on the command line only
    needs the key `expect`, so that its mistakes are reported. The scenarios in run folders have
    been run already and are left out.
    """
    from sim.checking.scenario_files import SUFFIXES, is_scenario

    if file.suffix.lower() not in SUFFIXES:
        return False
    around = next((folder for folder in settings.folders if file.is_relative_to(folder)), None)
    if around is None:
        return False
    if is_named and _expects(file):
        return True
    is_wanted = is_scenario(file) and (settings.baseline is not None or _expects(file))
    inner = (folder for folder in file.parents if folder.is_relative_to(around))
    return is_wanted and not any((folder / _RUN_FOLDER).exists() for folder in inner)


def _expects(file: Path) -> bool:
    from sim.checking.scenario_files import keys_of

    return "expect" in (keys_of(file) or ())
