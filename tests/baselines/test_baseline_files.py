"""Baselines as files: what is written, read back, and left when a process is told to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.baselines.drift import Value
from sim.baselines.files import _value, folder_name, read_baseline, table_digest, write_baseline
from sim.baselines.tolerances import read_tolerances
from sim.judging.ranges import Missing, Range, exactly
from sim.runs.experiment import replicate
from sim.runs.preparation import prepare
from sim.runs.replication import event_table
from sim.scenario.loader import load_text
from tests.cli.commands import SCENARIO, contents, entries, environment

INFINITE = float("inf")


@pytest.fixture(scope="module")
def experiment():
    loaded = load_text(SCENARIO.replace("seed: 7", "seed: 7\nreplications: 2"))
    rules = read_tolerances(Path("nowhere")).rules("s", loaded.scenario)
    return replicate(prepare(loaded), terms=rules.terms), rules


def test_what_is_written_is_read_back(experiment, tmp_path):
    simulated, rules = experiment
    assert write_baseline(tmp_path / "b", simulated, rules)

    baseline = read_baseline(tmp_path / "b")

    first = simulated.first
    assert baseline.digests == tuple(one.events for one in simulated.results)
    assert (baseline.seed, baseline.devices, baseline.events) == (7, 30, len(first.log))
    assert baseline.log().equals(event_table(first.log).cast(baseline.log().schema))
    assert [one.name for one in baseline.ends] == first.outcomes.columns["name"]
    assert baseline.measures["time to (device.coverage_pct >= 90)"].each == (
        Value(864_000.0, is_beyond=True),
    ) * 2  # fmt: skip
    assert baseline.measures["device.coverage_pct at end"].figure.number == pytest.approx(66.7, 0.1)


def test_the_same_is_not_written_again_and_writing_is_the_same_each_time(experiment, tmp_path):
    write_baseline(tmp_path / "a", *experiment)
    write_baseline(tmp_path / "b", *experiment)

    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert write_baseline(tmp_path / "a", *experiment) is False
    assert entries(tmp_path) == {"a", "b"}


def test_where_nothing_stands_there_is_no_baseline(tmp_path):
    (tmp_path / "empty").mkdir()

    assert read_baseline(tmp_path / "none") is None
    assert read_baseline(tmp_path / "empty") is None


def test_a_log_from_a_file_has_the_digest_of_the_log(experiment):
    log = experiment[0].first.log

    assert table_digest(event_table(log)) == log.digest
    assert table_digest(event_table(log).slice(1)) != log.digest


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (exactly(1.23456789), Value(1.234568)),
        (Range(5, INFINITE), Value(5, is_beyond=True)),
        (Range(-INFINITE, 5), Value(None)),
        (Range(-INFINITE, INFINITE), Value(None)),
        (Range(0.25, 0.5), Value(None)),
        (Missing("no data"), Value(None)),
    ],
)
def test_a_measure_is_stored_as_a_number_or_as_beyond_it_or_not_at_all(found, value):
    assert _value(found) == value


@given(st.text(min_size=1))
def test_no_two_stems_share_a_folder_but_those_that_differ_in_a_mark(stem):
    name = folder_name(stem)

    assert name in (stem, f"{stem}_")
    assert not name.endswith((".", " "))


@pytest.mark.parametrize("stem", ["con", "NUL", "Com1", "lpt9.x", "aux.", "tolerances.yaml"])
def test_names_of_windows_are_marked(stem):
    assert folder_name(stem) == f"{stem}_"


SLOW = """\
import sys, time
from pathlib import Path
from sim.files import whole_folder
with whole_folder(Path("bl/s"), lambda folder: None) as place:
    (place / "devices.csv").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="there a process cannot be asked to end")
def test_a_process_that_is_asked_to_end_while_it_writes_leaves_nothing(tmp_path):
    nothing = {name: None for name in os.environ if name.startswith("COVERAGE_PROCESS")}
    writing = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        cwd=tmp_path,
        env=environment(**nothing),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writing.stdout.readline() == "writing\n"
    time.sleep(0.1)
    writing.send_signal(signal.SIGTERM)
    writing.communicate(timeout=30)

    assert writing.returncode == 128 + signal.SIGTERM
    assert contents(tmp_path) == {}
