"""Running the command as people do: as a process of its own, or in this process for speed."""

import os
import subprocess
import sys
from pathlib import Path

from sim.cli import exit_code

SCENARIO = """\
format: 1
name: Small rollout
start: 2026-03-02 08:00
horizon: 10 d
seed: 7
site: {time_zone: Europe/London}
fleet:
  generate: {devices: 30, mix: servers}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: absent}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: [All]}
expect:
  - coverage_pct at end >= 99
"""

RUN_FOLDER = {
    "scenario.yaml",
    "fleet.parquet",
    "provenance.json",
    "summary.json",
    "devices.parquet",
    "devices.csv",
    "events.parquet",
    "measures.parquet",
    "report.html",
}


def write(folder, text=SCENARIO, name="s.yaml"):
    """Write a scenario into *folder* and return its path."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def changed(*changes, text=SCENARIO):
    """Return the scenario with each (old, new) applied; each old must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


class Ended:
    """How a command ended: exit code, standard output and standard error."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def problems(self):
        """The lines of standard error."""
        return self.err.splitlines()


def environment(**changes):
    """Return the environment of a command: of this process, with changes; None removes."""
    kept = {key: value for key, value in os.environ.items() if key != "FLEETSIM_TRACEBACK"}
    wanted = kept | {"PYTHONPATH": str(Path(__file__).parents[2])} | changes
    return {key: value for key, value in wanted.items() if value is not None}


def process(*arguments, folder, **variables):
    """Run the command as a process in *folder*."""
    command = [sys.executable, "-m", "sim", *map(str, arguments)]
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


class InProcess:
    """Runs commands in this process; stands in for `process` where speed matters."""

    def __init__(self, capsys, monkeypatch):
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments, folder):
        self.monkeypatch.chdir(folder)
        self.capsys.readouterr()
        code = exit_code([str(argument) for argument in arguments])
        shown = self.capsys.readouterr()
        return Ended(code, shown.out, shown.err)


def contents(folder):
    """Return the bytes of every file below *folder*, hidden ones too, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def entries(folder):
    """Return the names of what stands in *folder*, hidden ones too."""
    return {path.name for path in folder.iterdir()}
