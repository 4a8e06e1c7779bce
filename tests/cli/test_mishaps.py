"""A run that is interrupted or finds no room leaves nothing half written."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import files as whole_folder
from sim.inventories import exporting
from sim.run_folder import archive
from tests.cli.commands import RUN_FOLDER, changed, contents, entries, environment, process, write

LARGE = changed(("devices: 30", "devices: 40000"), ("horizon: 10 d", "horizon: 60 d"))

NO_ROOM = """\
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from sim.cli import run_command_line
run_command_line(sys.argv[1:])
"""


def unmeasured():
    """Return the environment of a process whose coverage is not measured."""
    nothing = {name: None for name in os.environ if name.startswith("COVERAGE_PROCESS")}
    return environment(PYTHONDONTWRITEBYTECODE="1", **nothing)


def started(*arguments, folder):
    """Start a command that will be interrupted; a tracer that is interrupted can block for ever."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *arguments],
        cwd=folder,
        env=unmeasured(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interruptions,
    )


def hear_interruptions():
    """Undo an inherited deafness: a process started in the background ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted_until_it_ends(run):
    """Press Ctrl-C as a person does: again, if the first was lost (a tracer can swallow one)."""
    for _ in range(12):
        run.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return run.communicate(timeout=10)
    run.kill()
    return run.communicate()


def without_room(limit, *arguments, folder):
    """Run the command in a process that cannot make a file larger than *limit* bytes.

    Its coverage is not measured: the measurement's own file would find no room.
    """
    code = NO_ROOM.format(limit=limit)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("earlier", [False, True])
def test_ctrl_c_ends_a_run_with_130_and_leaves_what_was_there(earlier, tmp_path, run_folder):
    write(tmp_path, LARGE, "large.yaml")
    before = contents(tmp_path)
    out = "results/s-7" if earlier else "new/deep/folder"

    run = started("run", "large.yaml", "--out", out, folder=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline().startswith("Simulating")
    time.sleep(0.8)
    out_text, err_text = interrupted_until_it_ends(run)

    assert run.returncode == 130
    assert out_text == ""
    assert err_text.strip() == "Interrupted; nothing was written."
    assert contents(tmp_path) == before
    assert entries(tmp_path) == {"large.yaml", "results"}


def raising(number, frame):
    """What the command makes of a request to end."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["write", "move"])
def test_ctrl_c_while_writing_leaves_the_earlier_run_or_the_new_one(
    moment, number, command, tmp_path, run_folder, monkeypatch
):
    """While the folder is filled nothing has happened yet; while it is moved it is too late."""
    path = write(tmp_path)
    before = contents(run_folder)
    if moment == "write":
        target, name = archive, "write_device_csv"
    else:
        target, name = Path, "rename"
    original = getattr(target, name)

    def interrupted(*arguments):
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        return original(*arguments)

    before_that = signal.signal(number, raising)
    monkeypatch.setattr(target, name, interrupted)
    try:
        ended = command("run", path, "--set", "horizon=5 d", folder=tmp_path)
    finally:
        assert signal.signal(number, before_that) is raising

    assert ended.code == (130 if moment == "write" else 0)
    assert entries(tmp_path / "results") == {"s-7"}
    assert (contents(run_folder) == before) == (moment == "write")
    assert set(contents(run_folder)) == RUN_FOLDER


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["write", "replace", "unlink"])
def test_ctrl_c_while_a_file_is_written_leaves_the_earlier_one_or_the_new_one(
    moment, number, command, tmp_path, monkeypatch
):
    """Also while a file is moved, or while the rest of it is removed, it is too late."""
    assert (
        command("fleet", "generate", "--devices", "3", "--out", "f.csv", folder=tmp_path).code == 0
    )
    before = contents(tmp_path)
    target, name = (exporting.Export, "write") if moment == "write" else (Path, moment)
    original = getattr(target, name)

    def interrupted(*arguments, **options):
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        return original(*arguments, **options)

    before_that = signal.signal(number, raising)
    monkeypatch.setattr(target, name, interrupted)
    try:
        ended = command("fleet", "generate", "--devices", "5", "--out", "f.csv", folder=tmp_path)
    finally:
        assert signal.signal(number, before_that) is raising

    assert ended.code == (130 if moment == "write" else 0)
    assert (contents(tmp_path) == before) == (moment == "write")
    assert entries(tmp_path) == {"f.csv"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_in_the_moment_in_which_a_folder_is_made_leaves_none(
    number, command, tmp_path, monkeypatch
):
    path = write(tmp_path)
    original = whole_folder.mkdtemp

    def interrupted(*arguments, **options):
        made = original(*arguments, **options)
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        return made

    monkeypatch.setattr(whole_folder, "mkdtemp", interrupted)
    before_that = signal.signal(number, raising)
    try:
        ended = command("run", path, folder=tmp_path)
    finally:
        signal.signal(number, before_that)

    assert ended.code == 130
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.parametrize("limit", [10, 1_500, 6_000, 60_000])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_is_reported_and_leaves_what_was_there(limit, earlier, tmp_path, run_folder):
    """Files of every kind find no room: text, CSV, JSON and Parquet."""
    write(tmp_path)
    before = contents(tmp_path)
    out = "results/s-7" if earlier else "new/folder"

    ended = without_room(limit, "run", "s.yaml", "--out", out, folder=tmp_path)

    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.splitlines() == [
        "Simulating Small rollout ...",
        f"--out: {out} cannot be written: File too large; "
        "a folder that can be written, on a disk with room",
    ]
    assert contents(tmp_path) == before
    assert entries(tmp_path) == {"s.yaml", "results"}
    assert entries(tmp_path / "results") == {"s-7"}


def test_the_move_that_fails_brings_the_earlier_run_back(
    command, tmp_path, run_folder, monkeypatch
):
    path = write(tmp_path)
    before = contents(run_folder)
    original = Path.rename

    def failing(self, target):
        if ".partial-" in self.name:
            raise PermissionError(13, "Permission denied")
        return original(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    ended = command("run", path, folder=tmp_path)

    assert ended.code == 2
    assert ended.problems[-1].startswith(
        "--out: results/s-7 cannot be written: Permission denied; "
    )
    assert contents(run_folder) == before
    assert entries(tmp_path / "results") == {"s-7"}


@pytest.mark.parametrize("name", ["f.csv", "f.parquet"])
def test_a_fleet_that_finds_no_room_leaves_the_earlier_file(name, command, tmp_path):
    command("fleet", "generate", "--devices", "3", "--out", name, folder=tmp_path)
    before = contents(tmp_path)

    ended = without_room(
        2_000, "fleet", "generate", "--devices", "2000", "--out", name, folder=tmp_path
    )

    assert ended.returncode == 2
    assert ended.stderr == (
        f"{name} cannot be written: File too large; "
        "a file in a folder that can be written, on a disk with room\n"
    )
    assert contents(tmp_path) == before


def test_a_starter_that_finds_no_room_leaves_nothing(tmp_path):
    ended = without_room(500, "init", "deep/new", folder=tmp_path)

    assert ended.returncode == 2
    assert "cannot be written: File too large" in ended.stderr
    assert entries(tmp_path) == set()


def test_a_request_to_terminate_leaves_nothing_half_written(tmp_path):
    write(tmp_path, LARGE, "large.yaml")
    run = started("run", "large.yaml", folder=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline().startswith("Simulating")
    time.sleep(0.5)
    run.terminate()
    _, err_text = run.communicate(timeout=60)
    assert run.returncode == 130
    assert err_text.strip() == "Interrupted; nothing was written."
    assert entries(tmp_path) == {"large.yaml"}


def test_a_place_through_a_folder_that_does_not_exist_never_replaces_a_foreign_folder(
    command, tmp_path
):
    write(tmp_path)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("mine", "utf-8")
    done = command("run", "s.yaml", "--out", "nonexist/../precious", folder=tmp_path)
    assert done.code == 2
    assert "exists and is not a run folder" in done.err
    assert entries(tmp_path) == {"precious", "s.yaml"}
    assert (tmp_path / "precious" / "thesis.txt").read_text("utf-8") == "mine"


def test_a_run_folder_with_another_table_in_it_is_damaged(command, tmp_path, run_folder):
    (run_folder / "devices.parquet").write_bytes((run_folder / "events.parquet").read_bytes())
    done = command("explain", str(run_folder), "WS-000001", folder=tmp_path)
    assert done.code == 2
    assert "is missing or damaged; a whole run folder; run the scenario again" in done.err


def test_a_pipe_is_no_scenario(command, tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    done = command("run", "pipe.yaml", folder=tmp_path)
    assert done.code == 2
    assert done.err == "pipe.yaml: this is not an ordinary file; name a scenario file\n"


@pytest.mark.parametrize(
    ("set_to", "told"),
    [
        ("policies[Onboard].workspace.key={env: NOPE}",
         "--set: policies[Onboard].workspace.key: the environment variable NOPE is not set; "),
        ("collections[All].members=[GONE-1]",
         '--set: collections[All].members: no device "GONE-1" in the fleet'),
        ("collections[All].members='os in [3'", "--set: collections[All].members: "),
    ],
)  # fmt: skip
def test_what_an_option_sets_wrongly_is_reported_for_the_option(set_to, told, command, tmp_path):
    write(tmp_path)

    ended = command("run", "s.yaml", "--set", set_to, folder=tmp_path)

    assert ended.code == 2
    assert any(problem.startswith(told) for problem in ended.problems), ended.err


def test_a_home_that_cannot_be_written_is_no_news_and_leaves_nothing_behind(tmp_path):
    write(tmp_path)
    (tmp_path / "file").write_text("no folder can be made in it")
    (tmp_path / "temporary").mkdir()
    nowhere = dict.fromkeys(("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"))
    places = {"HOME": str(tmp_path / "file" / "home"), "TMPDIR": str(tmp_path / "temporary")}

    ended = process("run", "s.yaml", folder=tmp_path, **nowhere, **places)

    assert ended.code == 0
    assert [line for line in ended.problems if not line.startswith("Note: ")] == [
        "Simulating Small rollout ..."
    ]
    assert entries(tmp_path / "temporary") == set()
