"""Small rollouts to compare: imported devices that are always on, no faults, a pilot and a gate."""

from pathlib import Path

from sim.comparison.folders import compare_folders
from sim.run_folder.archive import write_run
from sim.runs.replication import run_replication
from sim.scenario.loader import load_scenario
from tests.scenario.texts import changed

DEVICES = """\
name,os,presence
pc-1,windows-11-24h2,always_on
pc-2,windows-11-24h2,always_on
pc-3,windows-11-24h2,always_on
old-1,windows-8.1,always_on
old-2,windows-8.1,always_on
"""

SCENARIO = """\
format: 1
name: Pilot and everybody
start: 2026-03-02 00:00
horizon: 8 d
seed: 7
faults: none
fleet:
  import: {file: devices.csv}
collections:
  - {name: All, members: managed}
  - {name: Pilot, members: [pc-1]}
  - {name: Broad, limit_to: All, exclude: [Pilot]}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}
plan:
  - {name: pilot, at: 1 d 09:00, deploy: Onboard, to: [Pilot]}
  - name: everybody
    when: "onboarded_pct{collection='Pilot'} >= 100 for 24 h"
    deploy: Onboard
    to: [Broad]
"""

LATER_GATE = ("for 24 h", "for 48 h")
NO_KEY = ("key: present", "key: absent")


def scenario_file(folder, *changes, name="a.yaml", devices=DEVICES):
    """Write a scenario with its fleet into *folder*, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "devices.csv").write_text(devices, "utf-8")
    path = folder / name
    path.write_text(changed(*changes, text=SCENARIO), "utf-8")
    return path


def run_folder(folder, *changes, replication=1, devices=DEVICES):
    """Run the scenario with some changes, and return its run folder."""
    path = scenario_file(folder.with_name(f"{folder.name}-scenario"), *changes, devices=devices)
    write_run(run_replication(load_scenario(path), replication), folder, replication)
    return folder


def replicated(folder, number, *changes, **options):
    """Return a run folder that keeps *number* replications."""
    from sim.run_folder.archive import replication_folder

    run_folder(folder, *changes, **options)
    for each in range(1, number + 1):
        one = run_folder(folder.with_name(f"{folder.name}-{each}"), *changes, replication=each)
        place = replication_folder(folder, each)
        place.mkdir(parents=True)
        for name in ("summary.json", "measures.parquet"):
            (place / name).write_bytes((one / name).read_bytes())
    return folder


def compared(a, b, remarks=()):
    """Compare two run folders."""
    return compare_folders((Path(a), Path(b)), ("a", "b"), tuple(remarks))
