"""Projects of the plugin's tests.

A project that runs in this process forgets the modules that it imported, and compiled ones cannot
be loaded twice: so they are imported here.
"""

import pytest

import sim.runs.replication as rehearsal
from tests.pytest_items.projects import COUNTING, INI


class Project:
    """A folder with pytest.ini and plans."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        (self.path / "plans").mkdir()
        self.write("pytest.ini", INI)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def plan(self, text, name="plan.yaml"):
        return self.write(f"plans/{name}", text)

    def run(self, *arguments):
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def run_apart(self, *arguments):
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess(*arguments)

    def count_apart(self):
        """Count simulations in whatever process; returns what reads their lines."""
        file = self.path / "simulations.txt"
        self.write("conftest.py", COUNTING.format(file=str(file)))
        return lambda: file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def project(pytester):
    return Project(pytester)


@pytest.fixture
def simulations(monkeypatch):
    """Return the names of the scenarios that are simulated in this process."""
    names, simulate = [], rehearsal.simulate

    def counted(prepared, *others, **options):
        names.append(prepared.scenario.name)
        return simulate(prepared, *others, **options)

    monkeypatch.setattr(rehearsal, "simulate", counted)
    return names
