"""Runs without bad luck, and inspecting a run: what prevents onboarding at each step."""

import pytest

from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.measures.tally import replay
from sim.reference.attempts import ONBOARDING, decide
from sim.runs.replication import Replication
from tests.kernel.telling import CALM, DEPLOY, FIXED, MDE_CLIENT, prepared, told

S2016, PC = {"os": "server-2016"}, {"os": "windows-11-24h2"}


def without_bad_luck(folder, device, inspector=None, **scenario):
    known = {"name": "PC-1", "presence": "always_on", "restart_pending": "false"}
    ready = prepared(folder, [known | device], faults="drawn", **scenario)
    streams = Streams(ready.scenario.seed, 1)
    log = simulate(ready, streams, bad_luck=False, inspector=inspector)
    return Replication(ready, log, replay(log, ready.device_table))


@pytest.mark.rule("FLT-4")
@pytest.mark.rule("FLT-3")
def test_without_bad_luck_nothing_fails_by_chance(tmp_path):
    shares = {"install_failure_share": "100 %", "service_start_failure_share": "100 %"}
    run = without_bad_luck(
        tmp_path, S2016, client_settings=MDE_CLIENT, assumptions=FIXED | CALM | shares
    )

    assert run.outcomes.columns["status"] == ["onboarded"]


@pytest.mark.rule("UPL-5")
def test_a_fault_that_lasts_is_part_of_the_fleet_and_stays(tmp_path):
    shares = {"sense_missing_share": "100 %"}
    run = without_bad_luck(tmp_path, PC, assumptions=FIXED | CALM | shares)

    assert run.outcomes.columns["cause"] == ["sensor_missing"]


@pytest.mark.rule("FLT-1")
@pytest.mark.parametrize("state", ["inactive", "broken"])
def test_a_client_that_does_not_work_works_again_as_in_any_run(tmp_path, state):
    assumptions = FIXED | CALM | {"client_return_mean": "1 h", "client_repair_mean": "1 h"}
    scenario = {"assumptions": assumptions, "horizon": "30 d"}
    run = without_bad_luck(tmp_path, PC | {"client": state}, **scenario)

    assert run.outcomes.columns["status"] == ["onboarded"]


class Looks:
    """Notes when it was called and what prevents the first device from onboarding."""

    def __init__(self):
        self.notes = []

    def before_step(self, number, now, inspection):
        self._note("before", number, now, inspection)

    def after_step(self, number, now, inspection):
        self._note("after", number, now, inspection)

    def at_end(self, now, inspection):
        self._note("end", None, now, inspection)

    def _note(self, when, number, now, inspection):
        refused = decide(ONBOARDING, inspection.facts(0, "Onboard", now))
        reached = [sorted(members) for _, members in inspection.deployments(now)]
        self.notes.append((when, number, now, refused and refused.cause, reached))


@pytest.mark.rule("MMA-6")
def test_an_inspector_sees_the_site_around_each_step_and_changes_nothing(tmp_path):
    values = {"at": "2 h", "set_workspace": "Onboard", "id": "present", "key": "present"}
    scenario = {"plan": [DEPLOY, values], "horizon": "9 d"}
    looks = Looks()
    run = without_bad_luck(tmp_path, {"os": "windows-8.1"}, inspector=looks, **scenario)

    assert looks.notes == [
        ("before", 0, 3600, "workspace_missing", []),
        ("after", 0, 3600, "workspace_missing", [[0]]),
        ("before", 1, 7200, "workspace_missing", [[0]]),
        ("after", 1, 7200, None, [[0]]),
        ("end", None, 9 * 86_400, None, [[0]]),
    ]
    assert told(run) == told(without_bad_luck(tmp_path, {"os": "windows-8.1"}, **scenario))
