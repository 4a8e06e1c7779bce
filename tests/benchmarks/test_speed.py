"""Where the time of a run goes. Prints, judges nothing: `pytest -m benchmark -s -n 0`."""

import subprocess
import sys
import time

import pytest

from sim.accounts.outcomes import outcomes
from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.measures.series import measure_table
from sim.measures.tally import replay
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text
from tests.kernel.oracle import naive_device_logs

SCENARIO = """\
format: 1
name: pilot, then everybody
start: 2026-03-02
horizon: 60 d
fleet: {generate: {devices: DEVICES}}
collections:
  - {name: All endpoints, members: managed}
  - {name: Pilot, limit_to: All endpoints, sample: 5 %}
  - {name: Broad, limit_to: All endpoints, exclude: [Pilot]}
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan:
  - {name: pilot, at: 1 d 09:00, deploy: Onboard, to: [Pilot]}
  - name: everybody
    when: onboarded_pct{collection='Pilot'} >= 80 for 24 h
    deploy: Onboard
    to: [Broad]
    otherwise: {after: 21 d, do: stop}
"""
WITHOUT_GATE = SCENARIO[: SCENARIO.index("  - name: everybody")] + (
    "  - {name: everybody, at: 4 d, deploy: Onboard, to: [Broad]}\n"
)


@pytest.mark.benchmark
@pytest.mark.parametrize("devices", [10_000, 100_000])
def test_print_where_the_time_goes(devices, capsys):
    laps = []

    def lap(name, work):
        begin = time.perf_counter()
        result = work()
        laps.append(f"{name} {time.perf_counter() - begin:.2f} s")
        return result

    text = SCENARIO.replace("DEVICES", str(devices))
    loaded = lap("load", lambda: load_text(text))
    setting = lap("prepare", lambda: prepare(loaded))
    log = lap("simulate", lambda: simulate(setting, Streams(1, 1)))
    tally = lap("replay", lambda: replay(log, setting.device_table))
    lap("outcomes", lambda: outcomes(tally))
    scenario = setting.scenario
    names = tuple(collection.name for collection in scenario.collections)
    lap("measures", lambda: measure_table(tally, names, scenario.horizon, 3600))
    with capsys.disabled():
        print(f"\n{devices} devices, {len(log)} events: {', '.join(laps)}")
    assert len(log) > devices


@pytest.mark.benchmark
def test_print_what_skipping_idle_polls_saves(capsys):
    """The kernel beside the model of the tests that visits every poll, evaluation and report."""
    setting = prepare(load_text(WITHOUT_GATE.replace("DEVICES", "1000")))
    begin = time.perf_counter()
    rows = sum(len(log) for log in naive_device_logs(setting, Streams(1, 1)).values())
    naive = time.perf_counter() - begin
    kernel = min(_seconds(setting) for _ in range(3))
    with capsys.disabled():
        print(
            f"\n1000 devices, 60 d: every poll and report visited {naive:.1f} s, "
            f"kernel {kernel:.3f} s, {naive / kernel:.0f} times"
        )
    assert rows > 1000


def _seconds(setting):
    begin = time.perf_counter()
    simulate(setting, Streams(1, 1))
    return time.perf_counter() - begin


@pytest.mark.benchmark
def test_print_the_peak_of_memory(capsys):
    """In a process of its own: the peak never falls again."""
    program = (
        "import resource\n"
        "from sim.runs.preparation import prepare\n"
        "from sim.fleet.streams import Streams\n"
        "from sim.kernel.replication import simulate\n"
        "from sim.scenario.loader import load_text\n"
        f"simulate(prepare(load_text({SCENARIO.replace('DEVICES', '100000')!r})), Streams(1, 1))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    with capsys.disabled():
        print(f"\n100000 devices: at most {done.stdout.strip()} MB")
    assert done.returncode == 0
