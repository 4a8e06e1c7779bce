"""What a project says to the plugin: where its scenarios are, and how they are simulated.

Imports nothing but pytest and the standard library: every run of pytest reads this.
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
"""What a worker of pytest-xdist is told, by this name, when it starts."""


@dataclass(frozen=True)
class Settings:
    """The settings of one run of pytest."""

    root: Path
    """The project's: folders are relative to it."""
    started_in: Path
    """Where pytest was started: files are named as people there write them."""
    folders: tuple[Path, ...] = ()
    """Where scenarios are collected; none unless the project opts in."""
    baseline: Path | None = None
    """The folder of baselines, where scenarios are held against them."""
    jobs: int | None = None
    """Processes side by side; as many as there are cores without a number."""
    shared: Path | None = None
    """What the workers of one run share; None where there are none."""

    def shown(self, file: Path) -> str:
        """Return a file as a person writes it where pytest was started, with forward slashes."""
        try:
            return Path(os.path.relpath(file, self.started_in)).as_posix()
        except ValueError:  # another drive
            return file.as_posix()


KEY = pytest.StashKey[Settings]()


def add_options(parser: pytest.Parser) -> None:
    """Tell pytest which options there are."""
    parser.addini(PATHS, "Folders whose scenarios are collected.", type="args", default=[])
    about = "The folder of baselines that scenarios are held against; a missing one is written."
    parser.addini(BASELINE, about, default="")
    group = parser.getgroup("fleetsim", "scenarios of fleetsim")
    group.addoption(
        JOBS,
        type=int,
        metavar="N",
        help="Processes that simulate the replications of a scenario side by side;"
        " as many as there are cores, 1 with pytest-xdist, unless given.",
    )


def read_settings(config: pytest.Config) -> Settings:
    """Return what the project and the command line say.

    Raises pytest.UsageError for a folder that is not there: a scenario that nobody runs must not
    look like one that passed.
    """
    worker = getattr(config, "workerinput", None)
    shared = None if worker is None else worker.get(SHARED)
    baseline = config.getini(BASELINE)
    return Settings(
        root=config.rootpath,
        started_in=config.invocation_params.dir,
        folders=tuple(_folder(config.rootpath, name) for name in config.getini(PATHS)),
        baseline=_within(config.rootpath, baseline) if baseline else None,
        jobs=_jobs(config.getoption(JOBS), is_worker=worker is not None),
        shared=None if shared is None else Path(shared),
    )


def _folder(root: Path, name: str) -> Path:
    folder = _within(root, name)
    if not folder.exists():
        raise pytest.UsageError(f"{PATHS}: there is no folder {name} in {root}")
    return folder


def _within(root: Path, name: str) -> Path:
    return Path(os.path.normpath(root / name))


def _jobs(given: int | None, is_worker: bool) -> int | None:
    if given is not None and given < 1:
        raise pytest.UsageError(f"{JOBS}: {given} is no number of processes; write 1 or more")
    return 1 if given is None and is_worker else given


def is_scenario_test(file: Path, settings: Settings, is_named: bool = False) -> bool:
    """Say whether a file is a scenario of the folders that expects something.

    With baselines it need not expect anything. One that is named on the command line needs
    `expect:` alone: whoever names it wants to hear what is wrong with it. Run folders hold
    scenarios that have been run already.
    """
    from sim.checking.scenario_files import SUFFIXES, is_scenario

    if file.suffix.lower() not in SUFFIXES:
        return False
    around = next((folder for folder in settings.folders if _is_within(file, folder)), None)
    if around is None:
        return False
    if is_named and _expects(file):
        return True
    is_wanted = is_scenario(file) and (settings.baseline is not None or _expects(file))
    return is_wanted and not _is_of_a_run(file, around)


def _is_within(file: Path, folder: Path) -> bool:
    return file == folder or folder in file.parents


def _expects(file: Path) -> bool:
    from sim.checking.scenario_files import keys_of

    return "expect" in (keys_of(file) or ())


def _is_of_a_run(file: Path, around: Path) -> bool:
    inner = (folder for folder in file.parents if folder == around or around in folder.parents)
    return any((folder / _RUN_FOLDER).exists() for folder in inner)
