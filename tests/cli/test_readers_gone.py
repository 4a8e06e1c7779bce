"""A reader that goes away changes neither what is written nor how a command ends."""

import io
import os
import subprocess
import sys

import pytest

from sim.cli import run_command_line
from tests.cli.commands import changed, environment, write

COMMAND = [sys.executable, "-m", "sim"]
FAILING = changed(("coverage_pct at end >= 99", "coverage_pct at end >= 101"))


def with_reader_gone(*arguments, folder, gone="stdout"):
    """Run a command of which nobody reads one of the streams."""
    read, write_end = os.pipe()
    os.close(read)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with os.fdopen(write_end, "wb") as closed:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(),
            timeout=60,
            check=False,
            **(streams | {gone: closed}),
        )


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_failed_check_fails_though_nobody_reads_it(form, tmp_path):
    write(tmp_path, FAILING)

    ended = with_reader_gone("check", "s.yaml", "--format", form, folder=tmp_path)

    assert (ended.returncode, ended.stderr) == (1, b"Checking 1 scenario ...\n")


def test_lint_that_finds_an_error_ends_with_2_though_nobody_reads_it(tmp_path):
    write(tmp_path, changed(("seed: 7", "sed: 7")))

    assert with_reader_gone("lint", "s.yaml", folder=tmp_path).returncode == 2


def test_a_run_is_written_though_nobody_reads_its_messages(tmp_path):
    write(tmp_path)

    ended = with_reader_gone("run", "s.yaml", folder=tmp_path, gone="stderr")

    assert ended.returncode == 0
    assert b"Report: results/s-7/report.html" in ended.stdout
    assert (tmp_path / "results" / "s-7" / "report.html").is_file()


def test_baselines_are_saved_though_nobody_reads_the_messages(tmp_path):
    write(tmp_path)

    ended = with_reader_gone("baseline", "save", "s.yaml", folder=tmp_path, gone="stderr")

    assert ended.returncode == 0
    assert (tmp_path / "baselines" / "s" / "baseline.json").is_file()


@pytest.mark.parametrize("gone", ["stdout", "stderr"])
def test_a_mistake_ends_with_2_whichever_stream_is_gone(gone, tmp_path):
    ended = with_reader_gone("check", "nowhere.yaml", folder=tmp_path, gone=gone)

    assert ended.returncode == 2


@pytest.mark.parametrize(("is_one_place", "times"), [(True, 1), (False, 2)])
def test_a_problem_is_read_once_in_each_place_that_people_look_at(is_one_place, times, tmp_path):
    """A log of both streams, or a log of each."""
    write(tmp_path, changed(("seed: 7", "sed: 7")))
    ended = subprocess.run(
        [*COMMAND, "check", "s.yaml"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if is_one_place else subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )

    told = "s.yaml:5: sed: unknown key; "
    assert (ended.stdout + (ended.stderr or "")).count(told) == times


def test_a_program_that_keeps_what_is_printed_in_memory_gets_it(monkeypatch):
    kept = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", kept)
    monkeypatch.setattr(sys, "argv", ["fleetsim", "rules"])

    with pytest.raises(SystemExit) as ended:
        run_command_line()

    kept.seek(0)
    assert ended.value.code == 0
    assert "COL-1" in kept.read()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device without room here")
def test_messages_for_which_there_is_no_room_change_nothing(tmp_path):
    write(tmp_path, FAILING)
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [*COMMAND, "check", "s.yaml"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE,
            stderr=full, timeout=60, check=False,
        )  # fmt: skip

    assert ended.returncode == 1
    assert b"1 expectation failed" in ended.stdout
