"""What commands print: plain, quiet when nobody reads on, readable on any console."""

import os
import pty
import subprocess
import sys

import pytest

from tests.cli.commands import SCENARIO, changed, environment, process, write

COMMAND = [sys.executable, "-m", "sim"]


def with_reader_gone(*arguments, folder):
    """Run a command whose output is closed before it has printed anything."""
    read, write_end = os.pipe()
    os.close(read)
    with os.fdopen(write_end, "wb") as closed:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(),
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize("arguments", [("rules",), ("schema",), ("--help",)])
def test_a_reader_that_goes_away_is_no_error(arguments, tmp_path):
    ended = with_reader_gone(*arguments, folder=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    """`fleetsim schema | head -1`: more than a pipe holds, and one line is read of it."""
    with subprocess.Popen(
        [*COMMAND, "schema"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        first = running.stdout.readline()
        running.stdout.close()
        err = running.stderr.read()

    assert (first, err, running.returncode) == (b"{\n", b"", 0)


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_run_with_closed_streams_is_written_all_the_same(closed, tmp_path):
    write(tmp_path)

    run = f'"$0" -m sim run s.yaml --replications 2 --jobs 2 {closed}'
    code = subprocess.run(
        ["/bin/sh", "-c", run, sys.executable],
        cwd=tmp_path,
        env=environment(),
        timeout=120,
        check=False,
    ).returncode

    assert code == 0
    assert (tmp_path / "results" / "s-7" / "report.html").is_file()


def test_a_run_whose_summary_nobody_reads_is_written(tmp_path):
    write(tmp_path)

    ended = with_reader_gone("run", "s.yaml", folder=tmp_path)

    assert ended.returncode == 0
    assert ended.stderr.startswith("Simulating Small rollout ...\nNote: ")
    assert (tmp_path / "results" / "s-7" / "report.html").exists()


def test_output_that_finds_no_room_is_reported(tmp_path):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, "rules"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr == "the output cannot be written: No space left on device\n"


NAMES = (
    ("name: Small rollout", "name: 日本 → Łódź"),
    ("generate: {devices: 30, mix: servers}", "import: {file: d.csv}"),
)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_console_that_lacks_letters_shows_others_and_nothing_fails(encoding, tmp_path):
    """Where nothing is known of the console (ascii), it is sent what it may show after all."""
    (tmp_path / "d.csv").write_text("name,os,location\nPC-日本,server-2016,Łódź\n", "utf-8")
    write(tmp_path, changed(*NAMES))

    for arguments in (("run", "s.yaml", "--out", "r"), ("explain", "r", "pc-日本")):
        ended = subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env=environment(PYTHONIOENCODING=encoding),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        text = ended.stdout.decode("utf-8" if encoding == "ascii" else encoding)
        assert ("日本" in text) == (encoding in ("utf-8", "ascii"))


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1", "TERM": "dumb"}, {"TERM": None, "FORCE_COLOR": "1"}]
)
def test_what_is_no_terminal_gets_plain_lines(variables, tmp_path):
    write(tmp_path)

    ended = process("run", "s.yaml", folder=tmp_path, **variables)

    assert ended.err.startswith("Simulating Small rollout ...\n")
    assert not [sign for sign in ended.out + ended.err if sign != "\n" and not sign.isprintable()]
    assert all(len(line) <= 100 for line in ended.out.splitlines())


@pytest.mark.parametrize("variables", [{"TERM": "xterm"}, {"TERM": "dumb", "NO_COLOR": "1"}])
def test_a_terminal_is_left_as_it_was(variables, tmp_path):
    """The moving line is taken away again; the summary is the same plain text."""
    write(tmp_path)
    leader, follower = pty.openpty()
    with os.fdopen(follower, "wb") as terminal:
        ended = subprocess.run(
            [*COMMAND, "run", "s.yaml"],
            cwd=tmp_path,
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=terminal,
            text=True,
            timeout=60,
            check=False,
        )
    shown = os.read(leader, 100_000).decode()
    os.close(leader)

    assert ended.returncode == 0
    assert ended.stdout.startswith("Small rollout · seed 7\n")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")
    assert "Note: " in shown


def test_problems_are_printed_one_a_line_all_at_once_without_traceback(command, tmp_path):
    broken = SCENARIO.replace("horizon: 10 d", "horizon: 10").replace("to: [All]", "to: [Al]")
    write(tmp_path, broken.replace("seed: 7", "seed: seven"))

    ended = command("run", "s.yaml", folder=tmp_path)

    assert (ended.code, ended.out) == (2, "")
    assert [line.split(": ")[:2] for line in ended.problems] == [
        ["s.yaml:4", "horizon"],
        ["s.yaml:5", "seed"],
        ["s.yaml:16", "plan[everybody].to[0]"],
    ]


def test_a_problem_stays_on_its_line_whatever_it_repeats(command, tmp_path):
    (tmp_path / "d.csv").write_text('name,os\n"A","x\ny\x1b[31m"\n')
    write(tmp_path, changed(NAMES[1]))

    ended = command("run", "s.yaml", folder=tmp_path)

    assert len(ended.problems) == 1
    assert "\x1b" not in ended.err


def test_an_internal_error_is_reported_in_two_lines_and_ends_with_seventy(
    command, tmp_path, monkeypatch
):
    def broken(*arguments, **options):
        raise RuntimeError("a cog is loose")

    monkeypatch.delenv("FLEETSIM_TRACEBACK", raising=False)
    monkeypatch.setattr("sim.runs.replication.simulate", broken)
    write(tmp_path)

    ended = command("run", "s.yaml", folder=tmp_path)

    assert ended.code == 70
    assert ended.problems[1:] == [
        "internal error (RuntimeError): a cog is loose",
        "This is a bug in fleetsim. FLEETSIM_TRACEBACK=1 shows the traceback.",
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "s.yaml"]

    monkeypatch.setenv("FLEETSIM_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="cog"):
        command("run", "s.yaml", folder=tmp_path)


def test_no_name_begins_a_line_that_a_build_server_takes_for_a_command(command, tmp_path):
    write(tmp_path, changed(("name: Small rollout", 'name: "::error::owned"')))

    ended = command("run", "s.yaml", folder=tmp_path)
    refused = command("run", "::error::x.yaml", folder=tmp_path)

    assert ended.out.startswith(": :error::owned · seed 7\n")
    for line in (*ended.out.splitlines(), *refused.problems):
        assert not line.strip().startswith("::")


def test_no_wrapped_line_begins_with_what_a_build_server_takes_for_a_command(command, tmp_path):
    name = "::error::owned " * 20
    text = changed(
        ("{name: All, members: managed}", f'{{name: "{name}", members: managed}}'),
        ("to: [All]", f'to: ["{name}"]'),
        ("coverage_pct at end", f'\'coverage_pct{{collection="{name}"}} at end'),
        (">= 99", ">= 99'"),
    )
    write(tmp_path, text)

    ended = command("check", "s.yaml", folder=tmp_path)

    assert ended.out.count(": :error::owned") > 1
    for line in ended.out.splitlines():
        assert not line.strip().startswith("::")
