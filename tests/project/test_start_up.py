"""Asking for help is instant: what is slow to import waits until it is needed."""

import subprocess
import sys
import zipfile

from tests.project.tree import ROOT

SLOW = {"numpy", "pandas", "matplotlib", "pyarrow", "scipy", "simpy", "faker"}


def _imported_by(*arguments: str) -> set[str]:
    """Return the top-level packages that a run of Python imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    names = (line.rsplit("|", 1)[1].strip() for line in run.stderr.splitlines() if "|" in line)
    return {name.split(".")[0] for name in names}


def test_help_imports_nothing_slow():
    imported = _imported_by("-m", "sim", "--help")

    assert "sim" in imported
    assert imported & SLOW == set()


def test_importing_the_package_imports_nothing_slow():
    assert _imported_by("-c", "import sim") & SLOW == set()


def test_reading_a_scenario_from_python_imports_nothing_slow():
    program = f"import sim; sim.load({str(ROOT / 'scenarios' / 'pilot.yaml')!r})"

    assert _imported_by("-c", program) & SLOW == set()


def test_the_story_of_a_device_imports_no_matplotlib():
    assert "matplotlib" not in _imported_by("-c", "import sim.cli, sim.run_folder.story")


def test_the_public_names_are_told_without_importing_them():
    assert _imported_by("-c", "import sim; assert 'run' in dir(sim)") & SLOW == set()


def test_type_checkers_find_the_types_of_an_installed_package(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    (wheel,) = tmp_path.iterdir()

    with zipfile.ZipFile(wheel) as content:
        assert "sim/py.typed" in content.namelist()
