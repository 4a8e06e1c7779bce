"""A Python process that is asked to end, or killed, leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.commands import entries, environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there a process cannot be asked to end")

RUN = """\
import sys, time
import sim
from sim.runs import experiment

TEXT = '''
format: 1
name: Small rollout
start: 2026-03-02 08:00
horizon: 10 d
replications: 4
fleet: {generate: {devices: 20}}
collections: [{name: All, members: managed}]
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}]
plan: [{at: 1 d, deploy: Onboard, to: [All]}]
'''

def wait(*_):
    print("now", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    experiment._MEMORY = 1  # bytes: the logs are in a file
    if sys.argv[1] == "with processes":
        experiment.LogStore.add = wait
        sim.run(sim.load(TEXT), jobs=2)
    result = sim.run(sim.load(TEXT))
    wait()
"""

WRITE = """\
import time
from pathlib import Path
from sim.files import write_whole

def write(place):
    place.write_text("half")
    print("now", flush=True)
    time.sleep(60)

write_whole(Path("deep/er/f.csv"), write)
"""

TEMPORARY = """\
import time
from sim.files import temporary_folder

with temporary_folder() as place:
    (place / "f").write_text("half")
    print("now", flush=True)
    time.sleep(60)
"""


def ended_by(number, code, *arguments, folder):
    """End a script with a signal at the moment at which it prints a line; return its code."""
    nothing = {name: None for name in os.environ if name.startswith("COVERAGE_PROCESS")}
    (folder / "script.py").write_text(code)
    running = subprocess.Popen(
        [sys.executable, "script.py", *arguments],
        cwd=folder,
        env=environment(TMPDIR=str(folder / "temporary"), PYTHONDONTWRITEBYTECODE="1", **nothing),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout.readline() == "now\n"
    running.send_signal(number)
    running.communicate(timeout=30)
    return running.returncode


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a script; leftovers are beside it or in `temporary`."""
    (tmp_path / "temporary").mkdir()
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_logs_of_replications_go_with_the_process(number, folder):
    assert ended_by(number, RUN, "alone", folder=folder) == -number
    assert entries(folder / "temporary") == set()


def test_a_process_that_has_others_simulate_leaves_nothing_either():
    with TemporaryDirectory(prefix="k") as short:  # sockets have short names only
        folder = Path(short)
        (folder / "temporary").mkdir()
        code = ended_by(signal.SIGTERM, RUN, "with processes", folder=folder)
        assert code == 128 + signal.SIGTERM
        assert entries(folder / "temporary") == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", [WRITE, TEMPORARY])
def test_what_is_half_written_goes_before_the_process_ends(code, number, folder):
    assert ended_by(number, code, folder=folder) == 128 + number
    assert entries(folder) == {"script.py", "temporary"}
    assert entries(folder / "temporary") == set()
