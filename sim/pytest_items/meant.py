"""Which YAML files are scenarios to be tested, told without reading them as YAML."""

from pathlib import Path

from sim.experiment.scenario_files import SUFFIXES, is_scenario, keys_of
from sim.pytest_items.settings import Settings

_RUN_FOLDER = "provenance.json"


def is_meant(file: Path, settings: Settings, is_named: bool = False) -> bool:
    """Say whether a file is a scenario of the folders that expects something.

    With baselines it need not expect anything. One that is named on the command line needs
    `expect:` alone: whoever names it wants to hear what is wrong with it. Run folders hold
    scenarios that have been run already.
    """
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
    return "expect" in (keys_of(file) or ())


def _is_of_a_run(file: Path, around: Path) -> bool:
    inner = (folder for folder in file.parents if folder == around or around in folder.parents)
    return any((folder / _RUN_FOLDER).exists() for folder in inner)
