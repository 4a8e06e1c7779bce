"""What the pytest plugin costs a project that does not opt in. Prints, judges nothing."""

import statistics
import subprocess
import sys
import time

import pytest

PAIRS = 20
COMMAND = (sys.executable, "-m", "pytest", "--collect-only", "-q")


@pytest.mark.benchmark
def test_print_by_how_much_pytest_starts_later_with_the_plugin(tmp_path, capsys):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    _milliseconds(tmp_path)  # compiles and fills the caches
    without, with_it = [], []
    for _ in range(PAIRS):
        without.append(_milliseconds(tmp_path, "-p", "no:fleetsim"))
        with_it.append(_milliseconds(tmp_path))
    difference = statistics.median(b - a for a, b in zip(without, with_it, strict=True))
    with capsys.disabled():
        print(
            f"\npytest starts in {statistics.median(without):.0f} ms without the plugin,"
            f" {statistics.median(with_it):.0f} ms with it: {difference:.1f} ms later"
            f" (median of {PAIRS} pairs)"
        )


def _milliseconds(folder, *options):
    begin = time.perf_counter()
    done = subprocess.run([*COMMAND, *options], cwd=folder, capture_output=True)
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    return (time.perf_counter() - begin) * 1000
