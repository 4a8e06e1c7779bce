"""Contact is never without what it needs, and the portal drops no record early (CON-1, CON-5)."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.measures.tally import TallyCache
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text
from sim.units import DAY
from tests.properties.generated import cases, rows_of

few = settings(max_examples=40, deadline=None)
OLDEST = (10, 20, 18029)


def needs(device):
    """Return whether all is there that a device needs to report, as CON-1 says it."""
    traits = device.traits
    if device.is_stopped or device.is_upgraded or traits.elam_driver == "disabled":
        return False
    return any(is_able(device, traits, means) for means in device.means)


def is_able(device, traits, means):
    """Return whether one means of reporting is there and able, and its path open."""
    if traits.network == "blocked":  # no package of these scenarios is streamlined
        return False
    if means == "sensor":
        return traits.sensor == "present"
    if means not in device.agent.split("_and_"):
        return False
    if means == "mde_client":
        return True
    version = tuple(map(int, device.agent_version.split("."))) if device.agent_version else OLDEST
    return version >= OLDEST and device.workspace == "present"


class Looks:
    """Compares what the kernel says of contact with `needs`, before each step and at the end."""

    def before_step(self, number, now, inspection):
        """Look before each step."""
        self.at_end(now, inspection)

    def after_step(self, number, now, inspection):
        """What a step changes is felt later in its second."""

    def at_end(self, now, inspection):
        """Look at each onboarded device that has joined and not retired."""
        for device in inspection._devices:
            timetable = device.timetable
            if not device.onboarded_to or not timetable.since < now < timetable.until:
                continue
            if not device.impediment:
                assert needs(device), (now, device.traits)
            elif timetable.on.is_on(now) and timetable.on.is_on(now - 1):
                assert not needs(device), (now, device.impediment, device.traits)


@pytest.mark.rule("CON-1")
@few
@given(cases(with_gates=False))
def test_a_device_is_in_contact_if_and_only_if_it_has_what_it_needs(case):
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        loaded = load_text(json.dumps(case.scenario), "scenario.yaml", Path(folder))
        prepared, looks = prepare(loaded), Looks()
    simulate(prepared, Streams(1, 1), TallyCache(), inspector=looks)


@pytest.mark.rule("CON-5")
@few
@given(cases(with_gates=False))
def test_the_portal_drops_no_record_before_its_retention_is_over(case):
    retention = 2 * DAY
    run = case.run(rules={"portal_retention": "2 d", "inactive_after": "1 d"})
    heard, gone = {}, {}
    for row in rows_of(run):
        device, event, time = row["device"], row["event"], row["time"]
        if event in ("onboarded", "contact_restored", "active_again"):
            heard[device] = time
        if event in ("retired", "offboarded"):
            gone[device] = time
        if event == "portal_removed":
            assert device in gone
            assert time >= max(retention, heard.get(device, 0) + retention)
