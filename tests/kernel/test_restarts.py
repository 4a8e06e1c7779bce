"""Restarts: which count, when they come, and what they fix (UPD-1, FLT-4, TIM-6)."""

import pytest

from sim.fleet.streams import Streams, device_key
from tests.kernel.telling import (
    CALM,
    DEPLOY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    PACKAGE,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
ON = 8 * HOUR
PENDING = {"restart_pending": "true"}
SERVER = {"os": "server-2016", "presence": "always_on"}
OLD = {"os": "windows-8.1", "chassis": "desktop"}
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
ONBOARDED = {"onboarded": "true", "organization": "contoso", "payload": "a"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
RUN_SCRIPT = {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]}
EVERY_DAY = FIXED | HOURS | {"restart_interval_desktop": "1 s", "restart_interval_laptop": "1 s"}
"""A workstation is shut down before every working day."""
AT_ONCE = {"script_window": "1 s"}


def restart(at, within="1 s", name="now"):
    """Return the step that restarts everybody."""
    return {"name": name, "at": at, "restart": ["All"], "within": within}


def scripted(tmp_path, device, *steps, assumptions=FIXED, **sections):
    """Rehearse the script that moves an onboarded device to payload b, in its second 3601."""
    sections = {"horizon": "20 d"} | sections
    return rehearsal(
        tmp_path,
        device | ONBOARDED,
        plan=[RUN_SCRIPT, *steps],
        packages=[PACKAGE, SCRIPT],
        assumptions=assumptions | AT_ONCE,
        **sections,
    )


@pytest.mark.rule("FLT-4", "TIM-2")
def test_a_pending_restart_blocks_the_installer_until_the_restart(tmp_path):
    """Restarted on the second day; the retry is the one that 24 h after the failure brings."""
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        plan=[DEPLOY, restart("2 d")],
        client_settings=MDE_CLIENT,
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed restart_pending FLT-4 Onboard
        3739 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed restart_pending FLT-4 Onboard
        172800 restarted FLT-4
        176664 install_started DWN-2 Onboard
        176790 agent_installed DWN-2 Onboard
        176790 policy_applied DWN-2 Onboard
        176820 onboarded DWN-2 Onboard a
        176821 reported TIM-3
        177420 portal_seen MON-4
    """)


@pytest.mark.rule("FLT-4")
def test_the_restarts_that_changed_something_are_counted_device_by_device(tmp_path):
    run = rehearsal(
        tmp_path, [SERVER | PENDING, SERVER], plan=[restart("2 d"), restart("3 d", name="more")]
    )

    assert [final(run, name)["restarts"] for name in ("PC-1", "PC-2")] == [1, 0]


@pytest.mark.rule("FLT-4")
def test_a_restart_during_the_installer_waits_until_it_is_done(tmp_path):
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        plan=[DEPLOY, restart("3700 s")],
        client_settings=MDE_CLIENT,
        horizon="1 d",
    )

    assert told(run)[5:8] == story("""
        3612 install_started DWN-2 Onboard
        3738 install_failed restart_pending FLT-4 Onboard
        3738 restarted FLT-4
    """)


@pytest.mark.rule("UPD-1")
def test_a_restart_that_changes_nothing_is_not_logged(tmp_path):
    run = rehearsal(tmp_path, SERVER, plan=[restart("2 d")])

    assert told(run) == ["0 member_added TIM-4 All"]


@pytest.mark.rule("UPD-1", "TIM-7")
def test_a_changed_payload_is_used_from_the_restart_on(tmp_path):
    run = scripted(tmp_path, PC, restart("2 d"))

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted UPD-9 All move
        3601 script_ran UPD-9 b move
        3601 payload_received UPD-1 b
        3602 reported TIM-3
        172800 restarted UPD-1
        172800 payload_applied UPD-1 b
        172801 reported TIM-3
    """)
    in_use = [
        value_of(run, "device", "payload_in_use", at, payload="b") for at in (DAY, 2 * DAY + 1)
    ]
    pending = [
        value_of(run, "device", "payload_pending", at, payload="b") for at in (DAY, 2 * DAY + 1)
    ]
    assert (in_use, pending) == ([0, 1], [1, 0])


@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize(("at", "applies"), [("3601 s", False), ("3602 s", True)])
def test_a_restart_applies_what_arrived_strictly_before_it(tmp_path, at, applies):
    run = scripted(tmp_path, PC, restart(at))

    assert ("payload_applied" in " ".join(told(run))) == applies
    assert final(run)["payload_in_use"] == ("b" if applies else "a")
    assert verdict(run)[1] == ("" if applies else "awaiting_restart")


@pytest.mark.rule("UPD-1")
def test_a_restart_before_the_script_does_not_count(tmp_path):
    run = scripted(tmp_path, PC, restart("30 min"))

    assert final(run)["payload_in_use"] == "a"


@pytest.mark.rule("UPD-1")
def test_restarts_of_a_step_are_spread_over_its_time(tmp_path):
    """Each device draws its own second, the last one excluded."""
    device = PC | ONBOARDED
    run = rehearsal(
        tmp_path,
        [device] * 60,
        plan=[RUN_SCRIPT, restart("2 d", "10 h")],
        packages=[PACKAGE, SCRIPT],
        assumptions=FIXED | AT_ONCE,
    )

    names = [f"PC-{number}" for number in range(1, 61)]
    offsets = [when(run, "restarted", name) - 2 * DAY for name in names]
    assert offsets == [
        Streams(7, 1).between("restart_step/now", device_key(name), 0, 10 * HOUR - 1)
        for name in names
    ]
    assert max(offsets) > 9 * HOUR
    assert min(offsets) < HOUR


@pytest.mark.rule("UPD-1")
def test_a_computer_that_is_off_restarts_for_a_step_at_its_next_power_on(tmp_path):
    office = PC | {"presence": "office"}
    run = scripted(tmp_path, office, restart(f"{20 * HOUR} s"), assumptions=FIXED | HOURS)

    assert told(run)[2:] == story("""
        28801 script_ran UPD-9 b move
        28801 payload_received UPD-1 b
        28802 reported TIM-3
        115200 restarted UPD-1
        115200 payload_applied UPD-1 b
        115201 reported TIM-3
    """)


@pytest.mark.rule("TIM-6", "UPD-1")
@pytest.mark.parametrize("presence", ["office", "always_on"])
@pytest.mark.parametrize("share", ["0 %", "100 %"])
def test_with_fast_startup_a_shutdown_is_no_restart(tmp_path, presence, share):
    """Shut down before every working day: Tuesday at eight is the first after the script."""
    run = scripted(
        tmp_path,
        PC | {"presence": presence},
        assumptions=EVERY_DAY | CALM | {"fast_startup_share": share},
        faults="drawn",
    )

    lines = [line for line in told(run) if "restarted" in line]
    first = DAY + ON if presence == "office" else ON
    assert lines == ([f"{first} restarted UPD-1"] if share == "0 %" else [])


@pytest.mark.rule("TIM-6")
def test_without_faults_no_device_has_fast_startup(tmp_path):
    run = scripted(tmp_path, PC, assumptions=EVERY_DAY | {"fast_startup_share": "100 %"})

    assert when(run, "restarted") == ON


@pytest.mark.rule("TIM-6", "FLT-4")
@pytest.mark.parametrize(
    ("device", "restarts"),
    [(OLD, True), (SERVER, False), ({"os": "server-2012-r2", "chassis": "desktop"}, False)],
    ids=["windows-8.1", "server-2016", "server in a desktop"],
)
def test_fast_startup_is_of_windows_10_and_11_and_servers_are_not_shut_down(
    tmp_path, device, restarts
):
    run = rehearsal(
        tmp_path,
        device | PENDING,
        policy={"workspace": WORKSPACE},
        faults="drawn",
        assumptions=EVERY_DAY | CALM | {"fast_startup_share": "100 %"},
        horizon="3 d",
    )

    lines = [line for line in told(run) if "restarted" in line]
    assert lines == ([f"{ON} restarted FLT-4"] if restarts else [])


@pytest.mark.rule("TIM-6", "UPD-1")
def test_with_fast_startup_a_restart_of_the_plan_counts(tmp_path):
    fast = EVERY_DAY | CALM | {"fast_startup_share": "100 %"}
    run = scripted(tmp_path, PC, restart("5 d"), assumptions=fast, faults="drawn")

    assert [line for line in told(run) if "restarted" in line] == [f"{5 * DAY} restarted UPD-1"]


ANCHOR = -19 * DAY - 6 * HOUR
"""The second Tuesday of February 2026, at 18:00: 19 days and 6 hours before the start."""


def update_slots(name, period):
    """Return the nominal restarts for updates of a device within the first weeks."""
    ring = Streams(7, None).between("update_ring", device_key(name), 0, 14 * DAY)
    first = ANCHOR + ring
    return [slot for slot in (first + n * period for n in range(200)) if slot >= 0]


@pytest.mark.rule("TIM-6", "UPD-1")
def test_with_fast_startup_a_restart_for_updates_counts(tmp_path):
    """Every five days from the device's ring after the second Tuesday."""
    fast = EVERY_DAY | CALM | {"fast_startup_share": "100 %", "update_restart_interval": "5 d"}
    run = scripted(tmp_path, PC, assumptions=fast, faults="drawn")

    first = next(slot for slot in update_slots("PC-1", 5 * DAY) if slot > 3601)
    assert told(run)[5:7] == story(f"""
        {first} restarted UPD-1
        {first} payload_applied UPD-1 b
    """)


@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize(
    ("day", "clock", "restarts"),
    [
        (16, (10, 16), "at its time"),
        (16, (0, 7), "at eight"),
        (16, (18, 23), "on the next day"),
        (19, (1, 23), "on Monday"),
    ],
)
def test_a_restart_for_updates_while_off_comes_at_power_on(tmp_path, day, clock, restarts):
    """Slots of a Wednesday's hours of work, its early morning, its evening, of a Saturday."""
    first, last = (day * DAY + hour * HOUR for hour in clock)
    name = next(
        name
        for name in (f"N-{number}" for number in range(10_000))
        if first < update_slots(name, 30 * DAY)[0] < last
    )
    run = scripted(
        tmp_path,
        PC | {"presence": "office", "name": name},
        assumptions=FIXED | HOURS | {"update_restart_interval": "30 d"},
        horizon="30 d",
    )

    expected = {
        "at its time": update_slots(name, 30 * DAY)[0],
        "at eight": 16 * DAY + ON,
        "on the next day": 17 * DAY + ON,
        "on Monday": 3 * WEEK + ON,
    }
    assert when(run, "restarted", name) == expected[restarts]


@pytest.mark.rule("FLT-4", "TIM-5")
def test_a_server_restarts_inside_its_maintenance_window(tmp_path):
    """Its slots lie on other days; each is put off to Sunday at 1:00, where half an hour is left.

    Restart and installer begin in the same second, the restart first: the install succeeds.
    """
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        client_settings=MDE_CLIENT,
        maintenance_windows=[{"collection": "All", "weekly": "Sunday 01:00", "length": "3 h"}],
        assumptions=FIXED | {"restart_interval_server": "30 d"},
    )

    slot = update_slots("PC-1", 30 * DAY)[0]
    opens = 6 * DAY + HOUR
    window = next(opens + n * WEEK for n in range(9) if slot <= opens + n * WEEK)
    assert slot % WEEK < opens
    assert [line for line in told(run) if "restarted" in line] == [f"{window} restarted FLT-4"]
    assert when(run, "agent_installed") == window + 126


@pytest.mark.rule("FLT-4", "TIM-5")
@pytest.mark.parametrize(
    ("purposes", "days"), [(["updates"], [6]), (["all"], [6]), (["all", "updates"], [6, 2])]
)
def test_restarts_for_updates_wait_for_windows_for_updates_and_for_those_for_all(
    tmp_path, purposes, days
):
    """The first purpose's window comes on Sunday, the other's on Wednesday."""
    begins = dict(zip(purposes, ("Sunday 01:00", "Wednesday 01:00"), strict=False))
    declared = [
        {"collection": "All", "weekly": weekly, "length": "3 h", "for": purpose}
        for purpose, weekly in begins.items()
    ]
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        maintenance_windows=declared,
        assumptions=FIXED | {"restart_interval_server": "30 d"},
    )

    slot = update_slots("PC-1", 30 * DAY)[0]
    opened = sorted(day * DAY + HOUR + n * WEEK for day in days for n in range(9))
    assert when(run, "restarted") == next(opens for opens in opened if slot <= opens)


@pytest.mark.rule("FLT-4", "TIM-5")
def test_windows_for_task_sequences_bind_no_restart(tmp_path):
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        maintenance_windows=[
            {"collection": "All", "weekly": "Sunday 01:00", "length": "3 h",
             "for": "task_sequences"}
        ],
        assumptions=FIXED | {"restart_interval_server": "30 d"},
    )  # fmt: skip

    assert when(run, "restarted") == update_slots("PC-1", 30 * DAY)[0]


@pytest.mark.rule("FLT-4")
def test_a_server_without_windows_restarts_at_its_own_time(tmp_path):
    run = rehearsal(
        tmp_path,
        SERVER | PENDING,
        client_settings=MDE_CLIENT,
        assumptions=FIXED | {"restart_interval_server": "30 d"},
    )

    assert when(run, "restarted") == update_slots("PC-1", 30 * DAY)[0]


@pytest.mark.rule("FLT-4")
def test_servers_and_workstations_have_periods_of_their_own(tmp_path):
    """A domain controller counts as a server."""
    periods = {"restart_interval_server": "3 d", "update_restart_interval": "4 d"}
    run = rehearsal(
        tmp_path,
        [
            SERVER | PENDING,
            SERVER | PENDING | {"product_type": "domain_controller"},
            OLD | PENDING,
        ],
        assumptions=FIXED | periods,
        plan=[],
    )

    slots = [
        update_slots(name, period)[0]
        for name, period in (("PC-1", 3 * DAY), ("PC-2", 3 * DAY), ("PC-3", 4 * DAY))
    ]
    assert [when(run, "restarted", name) for name in ("PC-1", "PC-2", "PC-3")] == slots


@pytest.mark.rule("FLT-4", "DWN-9")
def test_a_patch_may_leave_a_restart_pending(tmp_path):
    plan = [
        {"name": "update", "at": "1 h", "patch": {"restart_pending": True}, "on": ["All"],
         "within": "1 s"},
        DEPLOY | {"at": "2 h"},
        restart("3 h"),
    ]  # fmt: skip
    run = rehearsal(tmp_path, SERVER, plan=plan, client_settings=MDE_CLIENT, horizon="2 d")

    lines = told(run)
    assert lines[1] == "3600 remediated DWN-9 update"
    assert "7338 install_failed restart_pending FLT-4 Onboard" in lines
    assert "10800 restarted FLT-4" in lines
    assert verdict(run)[0] == "onboarded"


@pytest.mark.rule("FLT-4", "DWN-9")
def test_what_a_patch_leaves_pending_the_next_restart_for_updates_clears(tmp_path):
    plan = [
        {"name": "update", "at": "1 h", "patch": {"restart_pending": True}, "on": ["All"],
         "within": "1 s"},
    ]  # fmt: skip
    daily = FIXED | {"restart_interval_server": "1 d"}
    run = rehearsal(tmp_path, SERVER, plan=plan, horizon="4 d", assumptions=daily)

    first = next(slot for slot in update_slots("PC-1", DAY) if slot > HOUR)
    assert told(run)[1:] == story(f"""
        3600 remediated DWN-9 update
        {first} restarted FLT-4
    """)
