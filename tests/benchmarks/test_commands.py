"""Whole commands: prints, judges nothing: `pytest -m benchmark -s -n 0 tests/benchmarks`."""

import os
import statistics
import subprocess
import sys
import time

import pytest

from tests.benchmarks.test_speed import SCENARIO

EXPECT = """\
expect:
  - coverage_pct at 30 d >= 50
  - failed_pct at end < 20
  - time to (coverage_pct >= 50) <= 40 d
"""


def timed(folder, *arguments):
    """Return how long a command takes [s] and its greatest memory, without its children [MB]."""
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "sim", *arguments], cwd=folder, stdout=-3)
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return time.perf_counter() - begin, used.ru_maxrss / 1024


@pytest.mark.benchmark
def test_print_the_time_of_a_check(tmp_path, capsys):
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("DEVICES", "1000") + EXPECT, "utf-8")
    times = [timed(tmp_path, "check", "s.yaml")[0] for _ in range(9)]

    with capsys.disabled():
        print(
            f"\ncheck, 1,000 devices, three expectations: median {statistics.median(times):.2f} s,"
            f" {min(times):.2f} to {max(times):.2f}"
        )


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.parametrize("replications", [20, 100])
def test_print_the_time_of_replications(replications, tmp_path, capsys):
    text = SCENARIO.replace("DEVICES", "2000") + EXPECT
    (tmp_path / "s.yaml").write_text(text, "utf-8")
    options = ["--replications", str(replications), "--jobs", "2", "--out", "r"]
    taken, memory = timed(tmp_path, "run", "s.yaml", *options)

    with capsys.disabled():
        print(
            f"\n{replications} replications, 2,000 devices, 60 d, 2 jobs: {taken:.1f} s,"
            f" parent {memory:.0f} MB"
        )
