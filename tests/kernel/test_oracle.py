"""The kernel against a naive model that walks through every instant (see `oracle`)."""

import random
from collections import Counter

import pytest

from sim.eventlog import COLUMNS
from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from tests.kernel.oracle import naive_device_logs, naive_log, ordered
from tests.kernel.oracle_cases import (
    BASICS,
    CASES,
    CHANGING,
    LOCATIONS,
    PLANS,
    living_fleet,
    steady_fleet,
)
from tests.kernel.oracle_stress import (
    EVERY_DAY,
    FAST,
    HASTE,
    TORN,
    TORN_PLAN,
    TORN_WINDOWS,
    random_fleet,
    random_life,
    random_plan,
    torn_fleet,
)
from tests.kernel.telling import prepared


def compared(folder, devices, plan, seed, *, horizon, **sections):
    """Return the rows of the kernel and of the naive model, in one order."""
    plan = [one for one in plan if _seconds(one["at"]) < _seconds(horizon)]
    sections = BASICS | {"seed": seed, "horizon": horizon, "assumptions": {}} | sections
    setting = prepared(folder, devices, plan=plan, **sections)
    streams = Streams(seed, 1)
    log = simulate(setting, streams)
    columns = [[int(time) for time in log.columns["time"]]]
    for name in COLUMNS[1:]:
        words, codes = log.words_and_codes(name)
        columns.append([words[code] for code in codes])
    return ordered(list(zip(*columns, strict=True))), naive_log(setting, streams)


def _seconds(text):
    number, unit, *_ = text.split(" ")
    return int(number) * {"s": 1, "h": 3600, "d": 86400}[unit]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", PLANS)
def test_the_kernel_tells_the_same_as_a_model_that_skips_nothing(tmp_path, name, seed):
    devices = steady_fleet(seed, 60)
    kernel, naive = compared(tmp_path, devices, PLANS[name], seed, horizon="24 d")

    assert kernel == naive
    assert len(Counter(row[2] for row in kernel)) >= 12


@pytest.mark.parametrize("seed", range(10))
def test_the_kernel_tells_the_same_when_everything_happens_at_once(tmp_path, seed):
    """Polls come each minute, evaluations twice a day, most attempts fail by chance."""
    plan = random_plan(random.Random(seed))
    devices = steady_fleet(seed, 25)
    kernel, naive = compared(tmp_path, devices, plan, seed, horizon="5 d", assumptions=FAST)

    assert kernel == naive


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_the_kernel_tells_the_same_of_people_who_come_and_go(tmp_path, name, seed):
    devices = living_fleet(seed, 60)
    kernel, naive = compared(tmp_path, devices, seed=seed, horizon="30 d", **CASES[name])

    assert kernel == naive


@pytest.mark.parametrize("seed", range(10))
def test_the_kernel_tells_the_same_when_all_that_lives_is_stirred(tmp_path, seed):
    """People, windows, queues, joining, patches, restarts and faults, all within five days."""
    dice = random.Random(seed)
    kernel, naive = compared(
        tmp_path,
        random_fleet(dice, 25),
        random_life(dice),
        seed,
        horizon="5 d",
        assumptions=HASTE,
        collections=CHANGING,
        locations=LOCATIONS,
        maintenance_windows=EVERY_DAY,
        rules={"inactive_after": "9 h", "evaluation_outside_windows": seed % 2 == 0},
    )

    assert kernel == naive


@pytest.mark.parametrize("windows", [[], TORN_WINDOWS], ids=["any time", "in windows"])
@pytest.mark.parametrize("seed", [3, 4])
def test_the_kernel_tells_the_same_when_most_work_is_torn(tmp_path, seed, windows):
    """Computers go off in the middle of downloads, installers and registrations."""
    kernel, naive = compared(
        tmp_path,
        torn_fleet(seed, 40),
        TORN_PLAN,
        seed,
        horizon="9 d",
        assumptions=TORN,
        locations=LOCATIONS,
        maintenance_windows=windows,
    )
    events = Counter(row[2] for row in naive)

    assert kernel == naive
    assert events["install_started"] > events["agent_installed"] + events["install_failed"]


def test_the_naive_model_hands_out_the_log_of_each_device(tmp_path):
    sections = BASICS | {"horizon": "2 d", "plan": PLANS["workspace repaired"][:2]}
    setting = prepared(tmp_path, living_fleet(1, 20), assumptions={}, **sections)
    logs = naive_device_logs(setting, Streams(7, 1))

    assert list(logs) == list(setting.fleet.names)
    together = ordered([row for rows in logs.values() for row in rows])
    assert together == [row for row in naive_log(setting, Streams(7, 1)) if row[1]]
