"""Same scenario and seed, same bytes: in any process, in any order of what has no order."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

ROOT = Path(__file__).parents[2]
FILES = ("events.parquet", "devices.csv", "devices.parquet", "measures.parquet", "summary.json")

PLAN = """
plan:
  - {name: pilot, at: 1 h, deploy: Onboard, to: [Pilot]}
  - {name: everybody, at: 20 h, deploy: Onboard, to: [Broad]}
  - {at: 2 d, set_workspace: Onboard, id: present, key: present}
"""
GATE = """
plan:
  - {name: pilot, at: 1 h, deploy: Onboard, to: [Pilot]}
  - name: everybody
    when: onboarded_pct{collection='Pilot'} >= 50 for 2 h
    deploy: Onboard
    to: [Broad]
    otherwise: {after: 2 d, do: proceed}
"""
SCENARIO = """format: 1
name: Same
start: 2026-03-27 00:00
horizon: 9 d
seed: 5
fleet: {import: {file: fleet.csv}}
site: {time_zone: Europe/London}
collections:
  - {name: All endpoints, members: managed}
  - {name: Pilot, limit_to: All endpoints, sample: 30 %}
  - {name: Broad, limit_to: All endpoints, exclude: [Pilot]}
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a}]
expect: [coverage_pct at end >= 50, time to (device.coverage_pct >= 30) <= 8 d]
"""
SYSTEMS = ("windows-11-24h2", "windows-10-22h2", "server-2016", "server-2012-r2", "windows-8.1")


def fleet(devices=40):
    """Return rows of a fleet table: names in no order, systems in turn."""
    return [(f"PC-{n * 37 % 101:03d}", SYSTEMS[n % 5], f"tag {n % 3}") for n in range(devices)]


def write(folder, rows, scenario=SCENARIO + PLAN):
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "fleet.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("name", "os", "tag"), *rows])
    (folder / "same.yaml").write_text(scenario, "utf-8")
    return folder / "same.yaml"


def run(scenario, out, hash_seed="0"):
    """Run a scenario in a process of its own; return the bytes of its results."""
    subprocess.run(
        [sys.executable, "-m", "sim", "run", str(scenario), "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
    )
    return {name: (out / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Return the results of the plan without a gate."""
    folder = tmp_path_factory.mktemp("first")
    return run(write(folder, fleet()), folder / "out"), folder / "out"


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path):
    scenario = write(tmp_path, fleet(), SCENARIO + GATE)

    assert run(scenario, tmp_path / "one", "1") == run(scenario, tmp_path / "two", "4242")


def test_the_order_of_the_fleet_file_a_comment_and_the_order_of_keys_change_no_byte(
    first, tmp_path
):
    head, *lines = (SCENARIO + PLAN).split("\n", 3)[3].partition("plan:")
    reordered = (
        "# a remark\nname: Same\nformat: 1\nstart: 2026-03-27 00:00\n" + head + "".join(lines)
    )
    scenario = write(tmp_path, fleet()[::-1], reordered)

    assert run(scenario, tmp_path / "out", "7") == first[0]


def test_another_seed_changes_the_events(first, tmp_path):
    scenario = write(tmp_path, fleet(), (SCENARIO + PLAN).replace("seed: 5", "seed: 6"))

    assert run(scenario, tmp_path / "out")["events.parquet"] != first[0]["events.parquet"]


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_device_more_or_less_changes_no_other_device(first, tmp_path, change):
    rows = [("AA-1", "server-2016", "new"), *fleet()] if change == "added" else fleet()[1:]
    other = "AA-1" if change == "added" else fleet()[0][0]
    results = run(write(tmp_path, rows), tmp_path / "out")

    def lines_of_others(text):
        return [line for line in text.decode().splitlines() if not line.startswith(f"{other},")]

    def events_of_others(folder):
        rows = parquet.read_table(folder / "events.parquet").to_pylist()
        return [row for row in rows if row["device"] != other]

    assert lines_of_others(results["devices.csv"]) == lines_of_others(first[0]["devices.csv"])
    assert results["devices.csv"] != first[0]["devices.csv"]
    assert events_of_others(tmp_path / "out") == events_of_others(first[1])
