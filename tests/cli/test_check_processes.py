"""`fleetsim check` with processes side by side: the same bytes, and nothing left when it is cut."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.commands import changed, contents, entries, process, write
from tests.cli.test_mishaps import hear_interruptions, interrupted_until_it_ends, unmeasured

SMALL = changed(("coverage_pct at end >= 99", "device.coverage_pct at end >= 10"))
LARGE = changed(
    ("devices: 30", "devices: 20000"),
    ("horizon: 10 d", "horizon: 60 d"),
    ("coverage_pct at end >= 99", "device.coverage_pct at end >= 10"),
)


def run(*arguments, folder):
    """Run a command whose coverage is not measured: a tracer would warn on standard error."""
    measured = {name: None for name in os.environ if name.startswith("COVERAGE_PROCESS")}
    return process(*arguments, folder=folder, **measured)


def test_any_number_of_jobs_gives_the_same_bytes(tmp_path):
    """Text, JSON, JUnit, the messages and the baselines."""
    told = {}
    for jobs in (1, 2, 4):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        for number, name in enumerate(("a", "b", "c")):
            write(folder, SMALL.replace("seed: 7", f"seed: {number}"), f"{name}.yaml")
        several = SMALL.replace("seed: 7", "seed: 7\nreplications: 3")
        write(folder, several.replace(">= 10", ">= 70"), "d.yaml")
        options = ("--jobs", jobs, "--baseline", "bl")
        first = run("check", ".", *options, "--junit", "j.xml", folder=folder)
        second = run("check", ".", *options, "--format", "json", folder=folder)
        assert (first.code, second.code) == (1, 1), first.err
        told[jobs] = (first.out, first.err, second.out, second.err, contents(folder))

    assert told[1] == told[2] == told[4]
    assert {"bl/a/baseline.json", "bl/d/events.parquet", "j.xml"} < set(told[1][4])


def test_baselines_that_are_saved_do_not_depend_on_the_jobs(tmp_path):
    write(tmp_path, SMALL.replace("seed: 7", "seed: 7\nreplications: 3"))
    for jobs in (1, 2):
        saved = run("baseline", "save", "s.yaml", "--jobs", jobs, "--out", jobs, folder=tmp_path)
        assert saved.code == 0, saved.err

    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def started(*arguments, folder):
    """Start a command in a session of its own, so that everything it starts can be found."""

    def begin():
        os.setsid()
        hear_interruptions()

    return subprocess.Popen(
        [sys.executable, "-m", "sim", *arguments],
        cwd=folder,
        env=unmeasured(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=begin,
    )


def of_session(session):
    """Return the processes of a session, by what they run."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    found[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
    return found


def working(session):
    """Return the processes that work for another, once two of them use the processor."""
    for _ in range(600):
        busy = [
            number
            for number, command in of_session(session).items()
            if b"forkserver" in command and number != session and _seconds(number) > 0.3
        ]
        if len(busy) >= 2:
            return busy
        time.sleep(0.05)
    raise AssertionError(of_session(session))


def _seconds(number):
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def nothing_left(session):
    """Wait until all processes of a session have ended; return those that did not."""
    for _ in range(200):
        if not of_session(session):
            return {}
        time.sleep(0.05)
    return of_session(session)


@pytest.fixture
def large(tmp_path):
    for name in ("a", "b", "c"):
        write(tmp_path, LARGE, f"{name}.yaml")
    return tmp_path


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_ctrl_c_ends_all_processes_and_leaves_nothing_half_written(large):
    run = started("check", ".", "--jobs", "2", "--baseline", "bl", folder=large)
    working(run.pid)
    out, err = interrupted_until_it_ends(run)

    assert (run.returncode, out) == (130, "")
    assert err.splitlines() == [
        "Checking 3 scenarios ...",
        "Interrupted; baselines that were written before are whole and stay.",
    ]
    assert nothing_left(run.pid) == {}
    assert entries(large) <= {"a.yaml", "b.yaml", "c.yaml", "bl"}
    assert not list(large.rglob("*partial*"))


@pytest.mark.parametrize("late", range(6))
def test_ctrl_c_while_processes_begin_is_reported_once_and_by_no_other_process(late, tmp_path):
    """Everything that a terminal runs hears of Ctrl-C; the moments are those of the beginning."""
    write(tmp_path, SMALL.replace("seed: 7", "seed: 7\nreplications: 40"))
    run = started("run", "s.yaml", "--jobs", "2", folder=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline().startswith("Simulating")
    time.sleep(0.15 * late)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)

    assert (run.returncode, out) == (130, "")
    assert err.strip() == "Interrupted; nothing was written."
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_a_process_that_is_killed_from_outside_ends_with_70_and_a_sentence(large):
    run = started("check", ".", "--jobs", "2", folder=large)
    os.kill(working(run.pid)[-1], signal.SIGKILL)
    out, err = run.communicate(timeout=120)

    assert (run.returncode, out) == (70, "")
    assert "a process that simulated was ended from outside, perhaps because memory ran out" in err
    assert "bug in fleetsim" not in err
    assert "Traceback" not in err
    assert nothing_left(run.pid) == {}
    assert entries(large) == {"a.yaml", "b.yaml", "c.yaml"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_ctrl_c_while_baselines_are_saved_keeps_those_that_are_whole(large):
    write(large, SMALL, "0.yaml")
    run = started("baseline", "save", "0.yaml", "a.yaml", "--jobs", "1", folder=large)
    assert run.stderr is not None
    for _ in ("0.yaml", "a.yaml"):
        assert run.stderr.readline().startswith("Simulating")
    time.sleep(1)
    out, err = interrupted_until_it_ends(run)

    assert run.returncode == 130
    assert err.splitlines()[-1] == (
        "Interrupted; baselines that were written before are whole and stay."
    )
    assert "Wrote baselines/0" in out
    assert entries(large / "baselines") == {"0"}
    assert nothing_left(run.pid) == {}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_processes_end_with_the_one_they_work_for(large):
    run = started("check", ".", "--jobs", "2", folder=large)
    working(run.pid)
    run.kill()
    run.communicate(timeout=60)

    assert nothing_left(run.pid) == {}


@contextmanager
def terminal_closing(means):
    """Let what is started meanwhile take a closed terminal so, whatever started the tests."""
    before = signal.signal(signal.SIGHUP, means)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
def test_below_nohup_a_terminal_that_is_closed_ends_nothing(tmp_path):
    write(tmp_path, LARGE)
    with terminal_closing(signal.SIG_IGN):
        run = started("run", "s.yaml", "--out", "r", folder=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline().startswith("Simulating")
    run.send_signal(signal.SIGHUP)
    run.communicate(timeout=120)

    assert run.returncode == 0
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
def test_a_terminal_that_is_closed_leaves_nothing_half_written(tmp_path):
    several = LARGE.replace("seed: 7", "seed: 7\nreplications: 9")
    write(tmp_path, several)
    with terminal_closing(signal.SIG_DFL):
        run = started("run", "s.yaml", "--jobs", "2", "--out", "r", folder=tmp_path)
    for _ in range(600):
        if entries(tmp_path) > {"s.yaml"}:
            break
        time.sleep(0.05)
    run.send_signal(signal.SIGHUP)
    run.communicate(timeout=60)

    assert run.returncode == 130
    assert entries(tmp_path) == {"s.yaml"}
