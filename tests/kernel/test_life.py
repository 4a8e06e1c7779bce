"""Devices that join and retire: nothing is logged before and after, and when they count."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    final,
    rehearsal,
    rows,
    story,
    told,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
SOON = {"collections": [EVERYBODY | {"evaluation": "incremental"}]}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}


def clock(seconds):
    """Return the site's wall clock of a second of the first weeks."""
    days, rest = divmod(seconds, DAY)
    return f"2026-03-{2 + days:02d} {rest // HOUR:02d}:{rest % HOUR // 60:02d}:{rest % 60:02d}"


def seen(run, measure, *instants, view="device", **labels):
    """Return a measure at some instants."""
    return [value_of(run, view, measure, at, **labels) for at in instants]


@pytest.mark.rule("TIM-4", "TIM-1")
def test_a_device_that_joins_and_retires_is_logged_only_between_the_two(tmp_path):
    device = PC | {"joined_at": clock(DAY), "retired_at": clock(3 * DAY)}
    run = rehearsal(tmp_path, [PC, device], **SOON)

    assert told(run, "PC-2") == story("""
        86400 joined awaiting_collection
        86700 member_added TIM-4 All
        86700 targeted Onboard All
        86700 policy_received TIM-1 Onboard
        86701 policy_evaluated UPL-1 Onboard
        86701 policy_applied UPL-1 Onboard
        86731 onboarded UPL-1 Onboard a
        86732 reported TIM-3
        87331 portal_seen MON-4
        259200 retired
        864000 went_inactive CON-5
    """)
    instants = (DAY - 1, DAY, DAY + 299, DAY + 300, DAY + 332, 3 * DAY - 1, 3 * DAY)
    assert seen(run, "eligible", *instants) == [1, 2, 2, 2, 2, 2, 1]
    assert seen(run, "targeted", *instants) == [1, 1, 1, 2, 2, 2, 1]
    assert seen(run, "onboarded", *instants) == [1, 1, 1, 1, 2, 2, 1]
    assert final(run, "PC-2")["retired_at"] == 3 * DAY
    assert (run.summary["devices"], run.summary["onboarded"]) == (1, 1)


def test_a_device_of_before_the_start_is_simply_there(tmp_path):
    run = rehearsal(tmp_path, PC | {"joined_at": "2025-12-01 10:00"})

    assert told(run)[:2] == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
    """)


def test_a_device_that_retired_before_the_start_is_never_there(tmp_path):
    run = rehearsal(tmp_path, [PC, PC | {"retired_at": "2026-02-01 10:00"}])

    assert not [line for line in told(run, "PC-2") if "policy" in line or "onboarded" in line]
    assert seen(run, "eligible", 0, DAY, None) == [1, 1, 1]


def test_a_device_that_joins_after_the_end_is_never_logged(tmp_path):
    run = rehearsal(tmp_path, [PC, PC | {"joined_at": "2026-05-01 10:00"}], **SOON)

    assert told(run, "PC-2") == []
    assert run.summary["devices"] == 1


@pytest.mark.parametrize(
    ("retires", "last"),
    [
        (3601, "3600 policy_received TIM-1 Onboard"),
        (3602, "3601 policy_evaluated DWN-2 Onboard"),
        (3612, "3601 policy_evaluated DWN-2 Onboard"),
        (3613, "3612 install_started DWN-2 Onboard"),
        (3738, "3612 install_started DWN-2 Onboard"),
        (3739, "3738 policy_applied DWN-2 Onboard"),
        (3768, "3738 policy_applied DWN-2 Onboard"),
        (3769, "3768 onboarded DWN-2 Onboard a"),
        (4368, "3769 reported TIM-3"),
        (4369, "4368 portal_seen MON-4"),
    ],
)
def test_from_the_second_of_retiring_on_nothing_happens_any_more(tmp_path, retires, last):
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "retired_at": clock(retires)},
        client_settings=MDE_CLIENT,
        horizon="10 d",
    )

    record = [f"{retires + WEEK} went_inactive CON-5"] if "portal_seen" in last else []
    lines = [last, f"{retires} retired", *record]
    assert told(run)[-len(lines) :] == lines


@pytest.mark.rule("TIM-4")
def test_a_plan_does_not_reach_who_is_not_there_yet_or_any_more(tmp_path):
    """Deployed, withdrawn, patched: neither the retired device nor the later one is logged."""
    gone, new = PC | {"retired_at": clock(1800)}, PC | {"joined_at": clock(5 * DAY)}
    plan = [
        DEPLOY,
        {"name": "fix", "at": "2 h", "patch": {"network": "blocked"}, "on": ["All"],
         "within": "1 s"},
        {"at": "3 h", "undeploy": "Onboard", "from": ["All"]},
    ]  # fmt: skip
    run = rehearsal(tmp_path, [PC, gone, new], plan=plan, **SOON)

    assert told(run, "PC-2") == story("""
        0 member_added TIM-4 All
        1800 retired
    """)
    assert told(run, "PC-3") == story(f"""
        {5 * DAY} joined awaiting_collection
        {5 * DAY + 300} member_added TIM-4 All
    """)


def test_a_download_of_a_device_that_retires_makes_room_for_the_next(tmp_path):
    narrow = FIXED | {"content_slots": 1, "content_megabits_per_second": 1}
    devices = [
        {"os": "server-2016", "retired_at": clock(4000)},
        {"os": "server-2016", "retired_at": clock(4100)},
        {"os": "server-2016"},
    ]
    run = rehearsal(tmp_path, devices, client_settings=MDE_CLIENT, assumptions=narrow)

    assert when(run, "content_downloaded", "PC-3") == 4100 + 1096


@pytest.mark.rule("MON-3", "CON-5")
def test_a_retired_device_becomes_inactive_in_the_portal_alone(tmp_path):
    run = rehearsal(tmp_path, PC | OURS | {"retired_at": clock(2 * DAY)}, plan=[])

    assert told(run) == story(f"""
        0 member_added TIM-4 All
        {2 * DAY} retired
        {2 * DAY + WEEK} went_inactive CON-5
    """)
    assert [value_of(run, view, "inactive") for view in ("device", "console", "portal")] == [
        0,
        0,
        1,
    ]
    assert [value_of(run, view, "onboarded") for view in ("device", "console", "portal")] == [
        0,
        0,
        1,
    ]


@pytest.mark.rule("TIM-1")
def test_a_new_office_computer_receives_its_policy_at_work(tmp_path):
    """It joins on Saturday at noon and is first switched on on Monday at eight."""
    device = PC | {"presence": "office", "joined_at": clock(5 * DAY + 12 * HOUR)}
    run = rehearsal(tmp_path, [PC, device], assumptions=FIXED | HOURS, **SOON)

    joined, on = 5 * DAY + 12 * HOUR, WEEK + 8 * HOUR
    assert told(run, "PC-2")[:4] == story(f"""
        {joined} joined awaiting_collection
        {joined + 300} member_added TIM-4 All
        {joined + 300} targeted Onboard All
        {on} policy_received TIM-1 Onboard
    """)


def test_a_device_that_joins_at_work_is_on_from_that_second(tmp_path):
    device = PC | {"presence": "office", "joined_at": clock(10 * HOUR + 7)}
    run = rehearsal(tmp_path, [PC, device], assumptions=FIXED | HOURS, **SOON)

    assert when(run, "policy_received", "PC-2") == 10 * HOUR + 300


def test_a_device_that_joins_onboarded_counts_as_such_from_then_on(tmp_path):
    run = rehearsal(tmp_path, [PC, PC | OURS | {"joined_at": clock(2 * DAY)}], **SOON)

    assert seen(run, "onboarded", 2 * DAY - 1, 2 * DAY) == [1, 2]
    assert seen(run, "onboarded", 2 * DAY - 1, 2 * DAY, view="console") == [1, 2]


@pytest.mark.rule("PRE-2")
def test_an_unmanaged_device_that_joins_waits_for_no_collection(tmp_path):
    run = rehearsal(tmp_path, [PC, PC | {"client": "none", "joined_at": clock(DAY)}], **SOON)

    assert told(run, "PC-2") == ["86400 joined"]
    assert verdict(run, "PC-2") == ("not_eligible", "not_managed", "PRE-2")


def test_a_generated_fleet_grows_and_shrinks_by_the_week(tmp_path):
    fleet = {"generate": {"devices": 40, "mix": {"windows-11-24h2": "100 %"}, "joins_per_week": 20,
                          "retires_per_week": 10}}  # fmt: skip
    run = rehearsal(tmp_path, [PC], fleet=fleet, horizon="28 d", **SOON)

    joined = {row["device"]: row["time"] for row in rows(run) if row["event"] == "joined"}
    retired = {row["device"]: row["time"] for row in rows(run) if row["event"] == "retired"}
    assert (len(joined), len(retired)) == (80, 40)
    assert run.summary["devices"] == 40 + 80 - 40
    for device, time in retired.items():
        assert joined.get(device, 0) < time
    late = [
        row
        for row in rows(run)
        if row["device"] in retired and row["time"] >= retired[row["device"]]
    ]
    assert {row["event"] for row in late} == {"retired", "went_inactive"}
    assert {row["rule"] for row in late} == {"", "CON-5"}
    early = [row for row in rows(run) if row["time"] < joined.get(row["device"], 0)]
    assert early == []
