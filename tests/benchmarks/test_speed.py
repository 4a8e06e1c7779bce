"""Where the time of a run goes. Prints, judges nothing: `pytest -m benchmark -s -n 0`."""

import time

import pytest

from sim.analysis.measure_table import measure_table
from sim.analysis.outcomes import outcomes
from sim.experiment.preparation import prepare
from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.scenario.loader import load_text
from sim.tally.tally import replay

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
    tally = lap("replay", lambda: replay(log, setting.roster))
    lap("outcomes", lambda: outcomes(tally))
    scenario = setting.scenario
    names = tuple(collection.name for collection in scenario.collections)
    lap("measures", lambda: measure_table(tally, names, scenario.horizon, 3600))
    with capsys.disabled():
        print(f"\n{devices} devices, {len(log)} events: {', '.join(laps)}")
    assert len(log) > devices
