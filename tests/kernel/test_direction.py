"""An improvement must help: it makes no device finish later, or not on average.

Draws are keyed, so two runs that differ in one circumstance meet the same luck: where the direction
is certain, all devices are compared one by one. Where an earlier start may fall into a night, the
mean difference is held against zero at three standard errors (99.8 % confidence).
"""

from math import sqrt

import pytest

from tests.kernel.telling import (
    CALM,
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    PACKAGE,
    WORKSPACE,
    rehearsal,
    rows,
)

HOUR, DAY = 3600, 86_400
NEVER = 10**9
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
OFFICE = PC | {"presence": "office"}
SERVER = {"os": "server-2016"}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
RUN = {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]}
USUAL = {"restart_interval_server": "30 d", "update_restart_interval": "30 d"}
STARTS = {"sense_start_min": "30 s", "sense_start_max": "30 s"}
SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])
MIXED = [
    PC,
    OFFICE,
    SERVER,
    OFFICE | {"chassis": "laptop"},
    {"os": "windows-8.1"},
    {"os": "server-2012-r2"},
]


def finished(tmp_path, devices, *, event="onboarded", **scenario):
    """Return when each device had the event for the first time, by name."""
    scenario = {"horizon": "40 d", "policy": {"workspace": WORKSPACE}} | scenario
    run = rehearsal(tmp_path, devices, **scenario)
    first = {f"PC-{number}": NEVER for number in range(1, len(devices) + 1)}
    for row in rows(run):
        if row["event"] == event:
            first[row["device"]] = min(first[row["device"]], row["time"])
    return first


def assert_none_later(better, worse):
    """Check that no device is later with the improvement, and that some are earlier."""
    later = {name: (time, worse[name]) for name, time in better.items() if time > worse[name]}
    assert later == {}
    assert any(time < worse[name] for name, time in better.items())


def assert_earlier_on_average(better, worse):
    """Check that devices are earlier on average, at three standard errors of the difference."""
    differences = [worse[name] - better[name] for name in better]
    assert max(max(better.values()), max(worse.values())) < NEVER
    count = len(differences)
    mean = sum(differences) / count
    variance = sum((one - mean) ** 2 for one in differences) / (count - 1)
    assert mean - 3 * sqrt(variance / count) > 0


@SEEDS
@pytest.mark.rule("TIM-2")
def test_evaluating_twice_as_often_makes_no_device_later(tmp_path, seed):
    """Blocked devices that are fixed in the course of three weeks.

    How long the service takes to start is drawn anew at each attempt, so it is fixed here.
    """
    plan = [DEPLOY, {"name": "open", "at": "3 d", "patch": {"network": "ok"}, "on": ["All"],
                     "within": "20 d"}]  # fmt: skip
    devices = [PC | {"network": "blocked"}] * 200
    weekly, biweekly = (
        finished(
            tmp_path,
            devices,
            plan=plan,
            seed=seed,
            assumptions=STARTS | {"evaluation_interval": interval},
        )
        for interval in ("7 d", "14 d")
    )

    assert_none_later(weekly, biweekly)


@SEEDS
@pytest.mark.rule("UPD-1", "TIM-6")
def test_an_added_restart_makes_no_payload_later(tmp_path, seed):
    more = {"name": "more", "at": "3 d", "restart": ["All"], "within": "2 d"}
    devices = [device | OURS for device in (PC, OFFICE, OFFICE | {"chassis": "laptop"})] * 70
    sections = {
        "event": "payload_applied",
        "packages": [PACKAGE, SCRIPT],
        "faults": "drawn",
        "assumptions": CALM | HOURS | {"fast_startup_share": "40 %"},
        "seed": seed,
    }
    few = finished(tmp_path, devices, plan=[RUN], **sections)
    many = finished(tmp_path, devices, plan=[RUN, more], **sections)

    assert_none_later(many, few)


@SEEDS
@pytest.mark.rule("FLT-4")
def test_an_added_restart_makes_no_install_later(tmp_path, seed):
    more = {"name": "more", "at": "1 d", "restart": ["All"], "within": "5 d"}
    devices = [SERVER | {"restart_pending": "true"}] * 150
    sections = {"client_settings": MDE_CLIENT, "seed": seed, "assumptions": USUAL}
    few = finished(tmp_path, devices, plan=[DEPLOY], **sections)
    many = finished(tmp_path, devices, plan=[DEPLOY, more], **sections)

    assert_none_later(many, few)


@SEEDS
@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"restart_interval_desktop": "3 d"}, {"restart_interval_desktop": "14 d"}),
        ({"fast_startup_share": "10 %"}, {"fast_startup_share": "90 %"}),
    ],
    ids=["shut down more often", "less Fast Startup"],
)
def test_more_shutdowns_that_count_make_no_payload_later(tmp_path, seed, better, worse):
    runs = [
        finished(
            tmp_path,
            [OFFICE | OURS, PC | OURS] * 100,
            event="payload_applied",
            packages=[PACKAGE, SCRIPT],
            plan=[RUN],
            faults="drawn",
            seed=seed,
            assumptions=CALM | change,
        )
        for change in (better, worse)
    ]

    assert_none_later(*runs)


@SEEDS
@pytest.mark.parametrize("more", ["slots", "speed"])
def test_more_room_at_the_distribution_point_makes_no_device_later(tmp_path, seed, more):
    """One stage only: nothing fails, and all servers need the same agent."""
    narrow = {"content_slots": 2, "content_megabits_per_second": 2}
    wide = narrow | (
        {"content_slots": 3} if more == "slots" else {"content_megabits_per_second": 3}
    )
    sections = {"client_settings": MDE_CLIENT, "seed": seed}
    few = finished(tmp_path, [SERVER] * 200, assumptions=narrow, **sections)
    many = finished(tmp_path, [SERVER] * 200, assumptions=wide, **sections)

    assert_none_later(many, few)


@SEEDS
@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize("change", ["longer", "another", "none"])
def test_more_time_in_maintenance_windows_makes_no_device_later(tmp_path, seed, change):
    """Of servers that are always on, and of others that are off at night."""
    window = {"collection": "All", "weekly": "Thursday 15:00", "length": "3 h"}
    changed = {
        "longer": [window | {"length": "12 h"}],
        "another": [window, window | {"weekly": "Tuesday 08:00"}],
        "none": [],
    }[change]
    devices = [SERVER, SERVER | {"presence": "office"}] * 80
    sections = {
        "client_settings": MDE_CLIENT,
        "seed": seed,
        "assumptions": {"content_slots": 1000},
        "plan": [DEPLOY | {"at": "3 d 16:30"}],
    }
    narrow = finished(tmp_path, devices, maintenance_windows=[window], **sections)
    wide = finished(tmp_path, devices, maintenance_windows=changed, **sections)

    assert_none_later(wide, narrow)


@SEEDS
@pytest.mark.rule("TIM-1", "TIM-2")
def test_an_earlier_deployment_makes_no_device_that_is_always_on_later(tmp_path, seed):
    devices = [device | {"presence": "always_on"} for device in MIXED] * 30
    sections = {"client_settings": MDE_CLIENT, "seed": seed, "assumptions": {"content_slots": 1000}}
    late = finished(tmp_path, devices, plan=[DEPLOY | {"at": "9 h"}], **sections)
    early = finished(tmp_path, devices, plan=[DEPLOY | {"at": "7 h 30 min"}], **sections)

    assert_none_later(early, late)


@SEEDS
@pytest.mark.rule("FLT-1")
def test_clients_that_come_back_sooner_make_no_device_later(tmp_path, seed):
    devices = [PC | {"client": "inactive"}, PC | {"client": "broken"}] * 100
    soon, late = (
        finished(
            tmp_path,
            devices,
            faults="drawn",
            seed=seed,
            assumptions=FIXED | CALM | {"client_return_mean": mean, "client_repair_mean": mean},
        )
        for mean in ("4 d", "5 d")
    )

    assert_none_later(soon, late)


@SEEDS
@pytest.mark.rule("DWN-9")
def test_a_patch_that_is_spread_less_makes_no_device_later(tmp_path, seed):
    devices = [SERVER | {"antivirus": "outdated"}] * 150
    runs = []
    for within in ("2 d", "9 d"):
        patch = {"name": "fix", "at": "1 d", "patch": {"antivirus": "enabled"}, "on": ["All"],
                 "within": within}  # fmt: skip
        runs.append(
            finished(
                tmp_path,
                devices,
                plan=[DEPLOY, patch],
                client_settings=MDE_CLIENT,
                seed=seed,
                assumptions={"content_slots": 1000},
            )
        )

    assert_none_later(*runs)


@SEEDS
@pytest.mark.rule("TIM-2")
def test_missed_evaluations_caught_up_sooner_make_no_device_later(tmp_path, seed):
    plan = [DEPLOY | {"at": f"{16 * HOUR} s"}]
    soon, late = (
        finished(
            tmp_path,
            [OFFICE, OFFICE | {"chassis": "laptop"}] * 100,
            plan=plan,
            seed=seed,
            assumptions={"missed_evaluation_window": window},
        )
        for window in ("20 min", "2 h")
    )

    assert_none_later(soon, late)


@SEEDS
@pytest.mark.rule("TIM-4")
def test_an_incremental_collection_makes_no_new_device_later(tmp_path, seed):
    devices = [PC] + [
        PC | {"joined_at": f"2026-03-{2 + day:02d} {day % 24:02d}:17"} for day in range(1, 25)
    ] * 6
    soon, late = (
        finished(
            tmp_path, devices, collections=[EVERYBODY | {"evaluation": evaluation}], seed=seed,
            assumptions={},
        )
        for evaluation in ("incremental", "scheduled")
    )  # fmt: skip

    assert_none_later(soon, late)


@SEEDS
@pytest.mark.rule("TIM-1")
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"attendance_share": "90 %"}, {"attendance_share": "50 %"}),
        ({"working_day_length": "11 h"}, {"working_day_length": "4 h"}),
        ({"off_site_share": "20 %"}, {"off_site_share": "90 %"}),
    ],
    ids=["attendance", "length of the day", "work in the office"],
)
def test_more_time_at_work_makes_devices_earlier_on_average(tmp_path, seed, better, worse):
    """Deployed at three in the afternoon, when short days are over."""
    runs = [
        finished(
            tmp_path,
            [OFFICE | {"chassis": "laptop"}] * 300,
            plan=[DEPLOY | {"at": "15 h"}],
            seed=seed,
            horizon="150 d",
            assumptions=change,
        )
        for change in (better, worse)
    ]

    assert_earlier_on_average(*runs)


@SEEDS
@pytest.mark.rule("TIM-1", "TIM-2")
def test_an_earlier_deployment_makes_office_computers_earlier_on_average(tmp_path, seed):
    early, late = (
        finished(
            tmp_path,
            [OFFICE] * 300,
            plan=[DEPLOY | {"at": at}],
            seed=seed,
            horizon="90 d",
            assumptions={},
        )
        for at in ("1 d 15:00", "2 d 10:00")
    )

    assert_earlier_on_average(early, late)
