"""After onboarding: the service stops and recovers, devices become silent and return."""

import pytest

from sim.fleet.streams import Streams, device_key, exponential_of
from tests.kernel.telling import (
    CALM,
    DEPLOY,
    EVERYBODY,
    FAREWELL,
    FIXED,
    HOURS,
    OFFBOARD,
    PACKAGE,
    POLICY,
    final,
    rehearsal,
    story,
    told,
    value_of,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
ON, OFF = 8 * HOUR, 17 * HOUR
FRIDAY, MONDAY = 4 * DAY, WEEK
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}
VIEWS = ("device", "console", "portal")
DECAY, REPAIR = 20, 6 * DAY
"""Per cent of a stop each day, and the mean time until the repair."""
STOPS = FIXED | HOURS | CALM | {"sensor_decay_per_day": f"{DECAY} %", "sensor_repair_mean": "6 d"}
RARELY = FIXED | HOURS | {"rare_attendance_share": "0 %"}


def outage(name, number=0):
    """Return when the service of a device stops and runs again, by the rule of the draws."""
    streams, key, time = Streams(7, 1), device_key(name), 0
    for n in range(number + 1):
        stops = time + exponential_of(streams.bits("service_stop", key, n), DAY * 100 // DECAY)
        time = stops + max(1, exponential_of(streams.bits("service_repair", key, n), REPAIR))
    return stops, time


def named(wanted):
    """Return the first made-up name that meets a condition."""
    return next(name for name in (f"N-{n}" for n in range(20_000)) if wanted(name))


def seen(run, measure, at):
    """Return a measure as the device, the console and the portal have it at an instant."""
    return tuple(value_of(run, view, measure, at) for view in VIEWS)


def of_the_service(run, name):
    """Return the rows about service and silence, with what is reported after the onboarding."""
    lines = told(run, name)
    onboarded = next(n for n, line in enumerate(lines) if "portal_seen" in line)
    return lines[onboarded + 1 :]


@pytest.mark.rule("FLT-6", "MON-2")
def test_a_service_stops_and_recovers_and_the_console_shows_it(tmp_path):
    """Within a week, so that it does not count as inactive."""
    name = named(lambda name: DAY < outage(name)[0] < outage(name)[1] < outage(name)[0] + 5 * DAY
                 and outage(name)[1] < 11 * DAY and outage(name, 1)[0] > 12 * DAY)  # fmt: skip
    run = rehearsal(
        tmp_path, PC | {"name": name}, faults="drawn", assumptions=STOPS, horizon="12 d"
    )

    stops, recovers = outage(name)
    assert of_the_service(run, name) == story(f"""
        {stops} agent_stopped service_stopped FLT-6
        {stops + 1} reported TIM-3
        {recovers} agent_recovered service_stopped FLT-6
        {recovers + 1} reported TIM-3
    """)
    assert seen(run, "agent_stopped", stops) == (0, 0, 0)
    assert seen(run, "agent_stopped", stops + 1) == (1, 0, 0)
    assert seen(run, "agent_stopped", stops + 2) == (1, 1, 0)
    assert seen(run, "healthy", stops + 2)[:2] == (0, 0)
    assert seen(run, "agent_stopped", recovers + 2) == (0, 0, 0)
    assert seen(run, "healthy", recovers + 2)[:2] == (1, 1)


@pytest.mark.rule("FLT-6", "MON-3", "MON-2")
def test_a_service_that_stays_down_for_a_week_makes_the_device_inactive(tmp_path):
    """The console knows that the service does not run, and shows that; the portal knows nothing."""
    name = named(lambda name: DAY < outage(name)[0] < outage(name)[1] - 8 * DAY
                 and outage(name)[1] < 25 * DAY and outage(name, 1)[0] > 30 * DAY)  # fmt: skip
    run = rehearsal(tmp_path, PC | {"name": name}, faults="drawn", assumptions=STOPS)

    stops, recovers = outage(name)
    assert of_the_service(run, name) == story(f"""
        {stops} agent_stopped service_stopped FLT-6
        {stops + 1} reported TIM-3
        {stops + WEEK} went_inactive MON-3
        {recovers} agent_recovered service_stopped FLT-6
        {recovers} active_again MON-3
        {recovers + 1} reported TIM-3
    """)
    at = stops + WEEK + 1
    assert seen(run, "inactive", at) == (0, 0, 1)
    assert seen(run, "agent_stopped", at) == (1, 1, 0)
    assert seen(run, "inactive", recovers + 1) == (0, 0, 0)


@pytest.mark.rule("FLT-6")
def test_a_stop_in_the_night_takes_effect_in_the_morning(tmp_path):
    """An outage that is repaired before the morning has no effect."""
    night = (DAY + OFF, 2 * DAY + ON)
    felt = named(lambda name: night[0] < outage(name)[0] < night[1]
                 and night[1] + HOUR < outage(name)[1] < 2 * DAY + OFF
                 and outage(name, 1)[0] > 4 * DAY)  # fmt: skip
    unfelt = named(lambda name: night[0] < outage(name)[0] and outage(name)[1] < night[1]
                   and outage(name, 1)[0] > 4 * DAY)  # fmt: skip
    devices = [PC | {"presence": "office", "name": name} for name in (felt, unfelt)]
    run = rehearsal(tmp_path, devices, faults="drawn", assumptions=STOPS, horizon="4 d")

    assert of_the_service(run, felt) == story(f"""
        201600 agent_stopped service_stopped FLT-6
        201601 reported TIM-3
        {outage(felt)[1]} agent_recovered service_stopped FLT-6
        {outage(felt)[1] + 1} reported TIM-3
    """)
    assert of_the_service(run, unfelt) == []


@pytest.mark.rule("FLT-6")
def test_a_recovery_in_the_night_takes_effect_in_the_morning(tmp_path):
    name = named(lambda name: DAY + ON < outage(name)[0] < DAY + OFF
                 and DAY + OFF < outage(name)[1] < 2 * DAY + ON
                 and outage(name, 1)[0] > 4 * DAY)  # fmt: skip
    device = PC | {"presence": "office", "name": name}
    run = rehearsal(tmp_path, device, faults="drawn", assumptions=STOPS, horizon="4 d")

    stops = outage(name)[0]
    assert of_the_service(run, name) == story(f"""
        {stops} agent_stopped service_stopped FLT-6
        {stops + 1} reported TIM-3
        201600 agent_recovered service_stopped FLT-6
        201601 reported TIM-3
    """)


@pytest.mark.rule("FLT-6")
def test_a_service_stops_only_once_a_device_is_onboarded(tmp_path):
    """The first outage comes before the policy, the second after it."""
    name = named(
        lambda name: outage(name)[1] < 9 * DAY and 11 * DAY < outage(name, 1)[0] < 29 * DAY
    )
    plan = [DEPLOY | {"at": "10 d"}]
    run = rehearsal(tmp_path, PC | {"name": name}, plan=plan, faults="drawn", assumptions=STOPS)

    assert when(run, "agent_stopped", name) == outage(name, 1)[0]


@pytest.mark.rule("FLT-6")
def test_without_faults_no_service_stops(tmp_path):
    often = FIXED | {"sensor_decay_per_day": "100 %"}
    run = rehearsal(tmp_path, [PC] * 5, assumptions=often)

    assert not [line for n in range(1, 6) for line in told(run, f"PC-{n}") if "agent_stop" in line]


@pytest.mark.rule("FLT-6")
@pytest.mark.parametrize("faults", ["drawn", "none"])
def test_a_service_that_did_not_run_at_the_start_is_repaired_where_faults_are_drawn(
    tmp_path, faults
):
    assumptions = FIXED | CALM | {"sensor_repair_mean": "6 d"}
    stopped = PC | OURS | {"sensor_running": "false", "last_contact": "2026-03-01 12:00"}
    run = rehearsal(tmp_path, stopped, plan=[], faults=faults, assumptions=assumptions)

    bits = Streams(7, 1).bits("service_repair_at_start", device_key("PC-1"))
    recovers = exponential_of(bits, REPAIR)
    assert recovers < 6 * DAY
    if faults == "drawn":
        assert told(run)[1:] == story(f"""
            0 contact_lost service_stopped CON-1
            1 reported TIM-3
            {recovers} agent_recovered service_stopped FLT-6
            {recovers + 1} reported TIM-3
        """)
    else:
        assert told(run)[1:] == story(f"""
            0 contact_lost service_stopped CON-1
            1 reported TIM-3
            {6 * DAY + 12 * HOUR} went_inactive MON-3
        """)
    assert final(run)["health"] == ("healthy" if faults == "drawn" else "agent_stopped")


@pytest.mark.rule("MON-3", "MON-4")
@pytest.mark.parametrize(("inactive_after", "lost"), [("2 d", 2 * DAY), ("63 h", 63 * HOUR)])
def test_a_weekend_longer_than_the_period_makes_a_device_inactive(tmp_path, inactive_after, lost):
    """Off on Friday at 17:00 and on Monday at 8:00: 63 hours. The console shows it a second on."""
    run = rehearsal(
        tmp_path,
        PC | {"presence": "office"},
        rules={"inactive_after": inactive_after},
        horizon="8 d",
        assumptions=FIXED | HOURS,
    )

    assert told(run)[-3:] == story(f"""
        {FRIDAY + OFF + lost} went_inactive MON-3
        {MONDAY + ON} active_again MON-3
        {MONDAY + ON + 1} reported TIM-3
    """)
    assert seen(run, "inactive", FRIDAY + OFF + lost) == (0, 0, 0)
    if lost < 63 * HOUR:
        assert seen(run, "inactive", FRIDAY + OFF + lost + 1) == (1, 1, 1)
        assert seen(run, "inactive", MONDAY + ON + 1) == (0, 1, 0)
        assert seen(run, "healthy", MONDAY + ON + 1)[:2] == (1, 0)
    assert seen(run, "inactive", MONDAY + ON + 2) == (0, 0, 0)


@pytest.mark.rule("MON-3")
def test_a_weekend_a_second_shorter_than_the_period_does_not(tmp_path):
    run = rehearsal(
        tmp_path,
        PC | {"presence": "office"},
        rules={"inactive_after": f"{63 * HOUR + 1} s"},
        assumptions=FIXED | HOURS,
    )

    assert told(run)[-1].endswith("portal_seen MON-4")


@pytest.mark.rule("MON-3")
def test_a_period_shorter_than_a_night_makes_a_device_inactive_every_night(tmp_path):
    run = rehearsal(
        tmp_path,
        PC | {"presence": "office"},
        rules={"inactive_after": "12 h"},
        horizon="3 d",
        assumptions=FIXED | HOURS,
    )

    assert told(run)[-6:] == story("""
        104400 went_inactive MON-3
        115200 active_again MON-3
        115201 reported TIM-3
        190800 went_inactive MON-3
        201600 active_again MON-3
        201601 reported TIM-3
    """)


@pytest.mark.rule("MON-3", "MON-4")
def test_away_from_the_office_the_service_has_contact_with_a_laptop_and_the_console_has_not(
    tmp_path,
):
    """Never at the site again after an earlier contact: not inactive, only not reporting."""
    away = FIXED | HOURS | {"off_site_share": "100 %", "off_site_reachable_share": "0 %"}
    laptop = PC | OURS | {"presence": "office", "chassis": "laptop"}
    run = rehearsal(tmp_path, laptop, plan=[], assumptions=away)

    assert told(run) == ["0 member_added TIM-4 All"]
    assert seen(run, "healthy", None)[:2] == (1, 1)


@pytest.mark.rule("MON-3", "FLT-7")
def test_a_long_absence_makes_a_device_inactive_until_it_ends(tmp_path):
    """Last contact on the evening before the start; not seen again."""
    device = PC | OURS | {"presence": "rare", "last_contact": "2026-03-01 18:00"}
    run = rehearsal(tmp_path, device, plan=[], assumptions=RARELY)

    assert told(run)[1:] == [f"{6 * DAY + 18 * HOUR} went_inactive MON-3"]
    assert seen(run, "inactive", None) == (1, 1, 1)
    assert run.summary["portal"]["inactive"] == 1


@pytest.mark.rule("MON-3")
@pytest.mark.parametrize(
    ("last_contact", "rows"),
    [
        ("2026-02-23 00:00", ["28800 active_again MON-3", "28801 reported TIM-3"]),
        ("2026-02-23 00:01", ["60 went_inactive MON-3", "28800 active_again MON-3",
                              "28801 reported TIM-3"]),
        ("2026-02-23 08:00", ["28800 went_inactive MON-3", "28800 active_again MON-3",
                              "28801 reported TIM-3"]),
        ("2026-02-23 08:01", []),
    ],
)  # fmt: skip
def test_the_last_contact_before_the_start_counts(tmp_path, last_contact, rows):
    """On at eight on the first day: a week after the contact, or before that is over."""
    device = PC | OURS | {"presence": "office", "last_contact": last_contact}
    run = rehearsal(tmp_path, device, plan=[], assumptions=FIXED | HOURS)

    assert told(run)[1:] == rows
    is_silent = last_contact == "2026-02-23 00:00"
    assert seen(run, "inactive", 0) == ((1, 1, 1) if is_silent else (0, 0, 0))


@pytest.mark.rule("OFF-3", "MON-3")
def test_an_offboarded_device_becomes_inactive_in_the_portal_alone(tmp_path):
    run = rehearsal(
        tmp_path,
        PC | OURS,
        packages=[FAREWELL],
        policies=[OFFBOARD],
        plan=[{"at": "1 h", "deploy": "Offboard", "to": ["All"]}],
    )

    assert told(run)[2:] == story(f"""
        3600 policy_received TIM-1 Offboard
        3601 policy_evaluated OFF-1 Offboard
        3631 offboarded OFF-1 Offboard
        3632 reported TIM-3
        {3631 + WEEK} went_inactive OFF-3
    """)
    assert seen(run, "inactive", 3631 + WEEK) == (0, 0, 0)
    assert seen(run, "inactive", 3632 + WEEK) == (0, 0, 1)
    assert run.summary["portal"]["inactive"] == 1


@pytest.mark.rule("OFF-3", "MON-3")
def test_an_offboarded_device_that_onboards_again_in_time_is_never_inactive(tmp_path):
    plan = [
        {"at": "1 h", "deploy": "Offboard", "to": ["All"]},
        {"at": "1 d", "undeploy": "Offboard", "from": ["All"]},
        {"at": "2 d", "deploy": "Onboard", "to": ["All"]},
    ]
    run = rehearsal(
        tmp_path,
        PC | OURS,
        collections=[EVERYBODY],
        packages=[PACKAGE, FAREWELL],
        policies=[OFFBOARD, POLICY],
        plan=plan,
    )

    assert "172831 onboarded UPL-1 Onboard a" in told(run)
    assert not [line for line in told(run) if "inactive" in line]


@pytest.mark.rule("MON-4")
@pytest.mark.parametrize("faults", ["drawn", "none"])
def test_a_status_that_is_never_written_leaves_the_console_in_ignorance(tmp_path, faults):
    mute = FIXED | CALM | {"status_not_written_share": "100 %"}
    run = rehearsal(tmp_path, PC, faults=faults, assumptions=mute)

    is_mute = faults == "drawn"
    assert bool([line for line in told(run) if "reported" in line]) != is_mute
    assert seen(run, "onboarded", None) == ((1, 0, 1) if is_mute else (1, 1, 1))
    assert final(run)["reported_at"] == (None if is_mute else 3632)
    assert final(run)["health"] == ("none" if is_mute else "healthy")


@pytest.mark.rule("UPL-5")
@pytest.mark.parametrize(
    ("system", "faults", "starts"),
    [
        ("windows-11-24h2", "drawn", False),
        ("windows-11-24h2", "none", True),
        ("windows-11-23h2", "drawn", True),
    ],
)
def test_where_the_sensor_is_missing_the_service_never_starts(tmp_path, system, faults, starts):
    missing = FIXED | CALM | {"sense_missing_share": "100 %"}
    run = rehearsal(tmp_path, {"os": system}, faults=faults, assumptions=missing, horizon="8 d")

    failures = [line for line in told(run) if "onboarding_failed" in line]
    expected = story("""
        3631 onboarding_failed sensor_missing UPL-5 Onboard
        608431 onboarding_failed sensor_missing UPL-5 Onboard
    """)
    assert failures == ([] if starts else expected)
