"""Support that ends during a run, by the site's calendar (OS-3), from the fleet table on."""

import numpy as np
import pytest

from sim.measures.series import SeriesReader
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR
from tests.measures.handmade import series

FLEET = """name,os,edition,onboarded,organization,esu
ENDS,windows-11-24h2,pro,false,,false
STAYS,windows-11-24h2,enterprise,false,,false
ONBOARDED,windows-11-24h2,pro,true,contoso,false
EXTENDED,windows-11-24h2,pro,false,,2026-10-14
GONE,windows-10-1909,enterprise,false,,false
"""
SCENARIO = """format: 1
name: End of support
start: 2026-10-12 18:00
horizon: 4 d
site: {time_zone: %s, organization: contoso}
fleet: {import: {file: fleet.csv}}
faults: none
rules: {end_of_support: %s}
"""


def rehearsed(folder, zone, switch):
    (folder / "fleet.csv").write_text(FLEET, "utf-8")
    return run_replication(load_text(SCENARIO % (zone, switch), "scenario.yaml", folder))


def eligible(run, *times):
    values = SeriesReader(run.tally).values(series("device.eligible"), np.array(times))
    return values.tolist()


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Europe/London"])
def test_a_device_leaves_with_the_first_second_after_its_last_day_at_the_site(tmp_path, zone):
    """Pro ends on 13 October: 30 hours after 18:00 on the 12th, on every site's own clock."""
    run = rehearsed(tmp_path, zone, "enforce")
    end = 30 * HOUR

    assert eligible(run, 0, end - 1, end, end + DAY - 1, end + DAY) == [4, 4, 3, 3, 2]
    assert dict(zip(run.outcomes.columns["name"], run.outcomes.columns["status"], strict=True)) == {
        "ENDS": "not_eligible",
        "EXTENDED": "not_eligible",
        "GONE": "not_eligible",
        "ONBOARDED": "onboarded",
        "STAYS": "not_targeted",
    }
    causes = set(run.outcomes.columns["cause"])
    assert causes == {"os_out_of_support", "", "not_targeted"}


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize("switch", ["warn", "ignore"])
def test_without_enforcing_no_device_leaves(tmp_path, switch):
    run = rehearsed(tmp_path, "UTC", switch)

    assert eligible(run, 0, 4 * DAY) == [5, 5]
    assert run.summary["not_eligible"] == 0
