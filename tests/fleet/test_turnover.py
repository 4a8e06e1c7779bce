"""Made-up fleets that change: exactly so many join and are retired in each week."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.units import DAY, WEEK
from tests.fleet.tables import fleet


def changing(devices=300, joins=0, retires=0, *, lines=(), **times):
    source = (
        f"generate: {{devices: {devices}, joins_per_week: {joins}, retires_per_week: {retires}}}"
    )
    return fleet(source, *lines, **times).devices


def seconds(wall, start="2026-03-02 00:00", zone="UTC"):
    """Return a written wall clock in seconds since the start, as the engine reads it."""
    clock = SiteClock(datetime.fromisoformat(start), zone)
    return clock.seconds(OnDate(wall.date(), wall.time()))


def weeks_of(walls, **more):
    return Counter(seconds(wall, **more) // WEEK for wall in walls)


def joined(devices):
    return [device.joined_at for device in devices if device.joined_at]


def retired(devices):
    return [device.retired_at for device in devices if device.retired_at]


def test_exactly_so_many_join_and_leave_in_each_week():
    devices = changing(300, 7, 5, horizon="70 d")

    assert weeks_of(joined(devices)) == dict.fromkeys(range(10), 7)
    assert weeks_of(retired(devices)) == dict.fromkeys(range(10), 5)
    assert len(devices) == 370


def test_what_would_come_at_the_horizon_or_later_is_left_out():
    """Of the last week only its first three days are simulated."""
    whole = changing(300, 40, 40, horizon="14 d")
    part = changing(300, 40, 40, horizon="10 d")

    before = [wall for wall in joined(whole) if seconds(wall) < 10 * DAY]
    assert sorted(joined(part)) == sorted(before)
    assert weeks_of(joined(part))[0] == 40
    assert 0 < weeks_of(joined(part))[1] < 40
    leaving = {d.name for d in whole if d.retired_at and seconds(d.retired_at) < 10 * DAY}
    assert {device.name for device in part if device.retired_at} == leaving


def test_seconds_are_spread_over_the_whole_week():
    walls = joined(changing(1, 5_000, horizon="7 d"))

    days = Counter(seconds(wall) // DAY for wall in walls)

    mean = 5_000 / 7
    assert set(days) == set(range(7))
    assert all(abs(number - mean) <= 4.5 * mean**0.5 for number in days.values())
    assert len({seconds(wall) % 3_600 for wall in walls}) > 2_500


def test_who_joins_is_named_by_the_order_of_joining():
    devices = [d for d in changing(20, 6, horizon="28 d") if d.joined_at]

    in_order = sorted(devices, key=lambda device: device.joined_at)
    assert [device.name[-7:] for device in in_order] == [f"J{n:06d}" for n in range(1, 25)]
    for device in devices:
        assert device.name[:-7] == ("SRV-" if device.os.startswith("server") else "WS-")


def test_who_joins_changes_nothing_of_the_others():
    alone = changing(500, 0, horizon="28 d")
    together = [device for device in changing(500, 50, horizon="28 d") if not device.joined_at]

    assert together == list(alone)


def test_a_longer_run_sees_the_same_devices_join():
    short = changing(50, 9, horizon="14 d")
    long = {device.name: device for device in changing(50, 9, horizon="40 d")}

    assert [long[device.name] for device in short] == list(short)


def test_who_joins_comes_of_the_same_mix_to_the_same_places():
    devices = changing(900, 2_000, horizon="7 d", lines=("seed: 3",))
    first = [device for device in devices if not device.joined_at]
    later = [device for device in devices if device.joined_at]

    assert {device.location for device in later} == {device.location for device in first}
    shares = [
        sum(device.os.startswith("windows-11-") for device in some) / len(some)
        for some in (first, later)
    ]
    assert abs(shares[0] - shares[1]) < 4.5 * (0.25 / 900 + 0.25 / 2_000) ** 0.5
    for place in range(3):
        assert {d.labels[place] for d in later} <= {d.labels[place] for d in first} or place == 0


def test_who_joins_was_never_onboarded_before():
    source = (
        "generate: {devices: 20, joins_per_week: 20, "
        "already_onboarded: {share: 100 %, payload: a, organization: x}}"
    )
    devices = fleet(source, horizon="7 d").devices

    assert {(d.onboarded, d.joined_at is None) for d in devices} == {(True, True), (False, False)}


@pytest.mark.rule("FLT-1")
def test_who_joins_has_an_active_and_current_client():
    lines = ("assumptions: {client_inactive_share: 60 %, old_client_share: 100 %}",)
    devices = [d for d in changing(1, 300, horizon="7 d", lines=lines) if d.joined_at]

    assert {(d.client, d.client_version) for d in devices} == {("active", "2403")}
    assert "off" not in {device.presence for device in devices}


def test_no_device_retires_in_the_week_in_which_it_joined():
    devices = changing(5, 5, 5, horizon="140 d")

    both = [device for device in devices if device.joined_at and device.retired_at]

    assert len(both) > 50
    for device in both:
        assert seconds(device.joined_at) // WEEK < seconds(device.retired_at) // WEEK


def test_when_no_device_is_left_none_retires():
    devices = changing(12, 0, 5, horizon="56 d")

    assert weeks_of(retired(devices)) == {0: 5, 1: 5, 2: 2}


def test_who_is_retired_keeps_all_its_other_draws():
    changed = [replace(device, retired_at=None) for device in changing(400, 0, 30, horizon="21 d")]

    assert changed == list(changing(400, horizon="21 d"))


def test_who_is_retired_is_drawn_from_all_alike():
    """Over many seeds each of ten is retired as often as the others."""
    chosen = Counter(
        device.name[-6:]
        for seed in range(1, 601)
        for device in changing(10, 0, 3, horizon="7 d", lines=(f"seed: {seed}",))
        if device.retired_at
    )

    mean, spread = 180, (600 * 0.3 * 0.7) ** 0.5
    assert len(chosen) == 10
    assert all(abs(number - mean) <= 4.5 * spread for number in chosen.values())


def test_who_came_lately_is_retired_as_often_as_who_was_there_before():
    """In the second week half of those who are there joined in the first."""
    retired_then = [
        device
        for seed in range(1, 41)
        for device in changing(100, 50, 50, horizon="14 d", lines=(f"seed: {seed}",))
        if device.retired_at and seconds(device.retired_at) // WEEK == 1
    ]

    lately = sum(device.joined_at is not None for device in retired_then)

    assert len(retired_then) == 2_000
    assert abs(lately - 1_000) <= 4.5 * 500**0.5


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-10-19 00:00", "Europe/London"),
        ("2026-10-18 02:30", "Europe/London"),
        ("2026-03-23 00:00", "Europe/London"),
        ("2026-03-22 01:30", "America/New_York"),
    ],
)
def test_across_daylight_saving_the_wall_clock_means_the_drawn_second(start, zone):
    """Each week has its number still, and the seconds of another zone are the same."""
    lines = (f"site: {{time_zone: {zone}}}",)
    here = changing(3_000, 1_500, 1_500, horizon="14 d", start=start, lines=lines)
    plain = changing(3_000, 1_500, 1_500, horizon="14 d", start=start)

    assert weeks_of(joined(here), start=start, zone=zone) == {0: 1_500, 1: 1_500}
    assert weeks_of(retired(here), start=start, zone=zone) == {0: 1_500, 1: 1_500}
    same = {seconds(w, start, zone) for w in joined(here)} & {
        seconds(w, start) for w in joined(plain)
    }
    assert len(same) > 2_900


def test_the_same_seed_gives_the_same_turnover_and_another_seed_another():
    one, again, other = (
        changing(100, 10, 10, horizon="14 d", lines=(f"seed: {seed}",)) for seed in (1, 1, 2)
    )

    assert one == again
    assert sorted(joined(one)) != sorted(joined(other))
    assert {d.name for d in one if d.retired_at} != {d.name for d in other if d.retired_at}
