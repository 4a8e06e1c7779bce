"""Collections over time: which devices join and leave, and when site and device know (TIM-4)."""

import pytest

from sim.fleet.streams import Streams, device_key
from tests.kernel.telling import (
    CALM,
    DEPLOY,
    EVERYBODY,
    FIXED,
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

PC, SERVER = {"os": "windows-11-24h2"}, {"os": "server-2016"}
HOUR, DAY, WEEK = 3600, 86_400, 604_800
SOON = {"evaluation": "incremental"}
NEW = PC | {"name": "NEW", "joined_at": "2026-03-02 10:00"}
HEALED = {"name": "heal", "patch": {"clock_ok": True}, "on": ["All"], "within": "1 s"}
ILL = PC | {"clock_ok": "false"}
WELL = {"name": "Well", "members": "clock_ok == true"}


@pytest.mark.rule("TIM-4")
def test_a_joining_device_waits_for_the_next_incremental_evaluation(tmp_path):
    run = rehearsal(tmp_path, [PC, NEW], collections=[EVERYBODY | SOON])

    assert told(run, "NEW") == story("""
        36000 joined awaiting_collection
        36300 member_added TIM-4 All
        36300 targeted Onboard All
        36300 policy_received TIM-1 Onboard
        36301 policy_evaluated UPL-1 Onboard
        36301 policy_applied UPL-1 Onboard
        36331 onboarded UPL-1 Onboard a
        36332 reported TIM-3
        36931 portal_seen MON-4
    """)
    assert value_of(run, "device", "blocked", 36_200, cause="awaiting_collection") == 1
    assert value_of(run, "device", "blocked", 36_302, cause="awaiting_collection") == 0


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize("evaluation", ["scheduled", "daily"])
def test_a_new_device_reaches_other_collections_at_four_in_the_morning(tmp_path, evaluation):
    run = rehearsal(tmp_path, [PC, NEW], collections=[EVERYBODY | {"evaluation": evaluation}])

    assert told(run, "NEW")[:4] == story(f"""
        36000 joined awaiting_collection
        {DAY + 4 * HOUR} member_added TIM-4 All
        {DAY + 4 * HOUR} targeted Onboard All
        {DAY + 4 * HOUR} policy_received TIM-1 Onboard
    """)


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize(
    ("joined_at", "found"),
    [
        ("2026-03-02 03:59:59", 4 * HOUR),
        ("2026-03-02 04:00", DAY + 4 * HOUR),
        ("2026-03-29 10:00", 28 * DAY + 3 * HOUR),
    ],
)
def test_four_in_the_morning_is_the_sites_own(tmp_path, joined_at, found):
    """It joins before the site's full evaluation; on 29 March London's clocks go forward."""
    new = NEW | {"joined_at": joined_at, "location": "TYO"}
    run = rehearsal(
        tmp_path,
        [PC, new],
        collections=[EVERYBODY | {"evaluation": "daily"}],
        site={"time_zone": "Europe/London"},
        locations=[{"name": "TYO", "time_zone": "Asia/Tokyo"}],
    )

    assert when(run, "member_added", "NEW") == found


@pytest.mark.rule("TIM-4")
def test_what_is_limited_by_the_collections_of_a_new_device_follows_in_the_same_second(tmp_path):
    """Also where the clock of incremental collections is at another time: it starts at 0:02."""
    limited = {"limit_to": "All"}
    collections = [
        EVERYBODY,
        {"name": "Slow", **limited},
        {"name": "Soon", **limited, **SOON},
        {"name": "Below", "limit_to": "Soon"},
    ]
    run = rehearsal(tmp_path, [PC, NEW], start="2026-03-02 00:02", collections=collections, plan=[])

    four = DAY + 4 * HOUR - 120
    assert told(run, "NEW")[1:] == [
        f"{four} member_added TIM-4 {name}" for name in ("All", "Slow", "Soon", "Below")
    ]


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize(
    ("evaluation", "found"),
    [("incremental", 6 * HOUR + 300), ("daily", DAY + 4 * HOUR), ("scheduled", WEEK)],
)
def test_another_change_waits_for_the_collections_own_schedule(tmp_path, evaluation, found):
    heal = HEALED | {"at": "6 h"}
    run = rehearsal(
        tmp_path,
        [ILL],
        collections=[EVERYBODY, WELL | {"evaluation": evaluation}],
        plan=[heal],
    )

    assert told(run)[-1] == f"{found} member_added TIM-4 Well"


@pytest.mark.rule("TIM-4")
def test_a_new_device_that_changes_later_waits_for_the_schedule_like_any_other(tmp_path):
    """It is healed after the full evaluation has seen it ill."""
    heal = HEALED | {"at": "1 d 06:00"}
    run = rehearsal(
        tmp_path, [PC, NEW | {"clock_ok": "false"}], collections=[EVERYBODY, WELL], plan=[heal]
    )

    assert told(run, "NEW")[-1] == f"{WEEK} member_added TIM-4 Well"


@pytest.mark.rule("TIM-4")
def test_a_device_that_joins_a_second_before_an_evaluation_is_found_by_it(tmp_path):
    early = NEW | {"joined_at": "2026-03-02 09:59:59"}
    run = rehearsal(tmp_path, [PC, early], collections=[EVERYBODY | SOON])

    assert told(run, "NEW")[:2] == story("""
        35999 joined awaiting_collection
        36000 member_added TIM-4 All
    """)


@pytest.mark.rule("TIM-4")
def test_a_new_device_that_no_collection_will_hold_waits_for_none(tmp_path):
    run = rehearsal(tmp_path, [PC, NEW], collections=[{"name": "All", "members": ["PC-1"]} | SOON])

    assert told(run, "NEW") == ["36000 joined"]
    assert verdict(run, "NEW")[:2] == ("not_targeted", "not_targeted")


@pytest.mark.rule("TIM-4")
def test_a_device_patched_into_a_query_is_found_at_the_next_evaluation(tmp_path):
    plan = [DEPLOY | {"to": ["Well"]}, {"at": "2 h"} | HEALED]
    run = rehearsal(tmp_path, ILL, plan=plan, collections=[EVERYBODY, WELL | SOON])

    assert told(run) == story("""
        0 member_added TIM-4 All
        7200 remediated DWN-9 heal
        7500 member_added TIM-4 Well
        7500 targeted Onboard Well
        7500 policy_received TIM-1 Onboard
        7501 policy_evaluated UPL-1 Onboard
        7501 policy_applied UPL-1 Onboard
        7531 onboarded UPL-1 Onboard a
        7532 reported TIM-3
        8131 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-4")
def test_a_patch_that_changes_nothing_is_not_logged(tmp_path):
    plan = [{"at": "2 h"} | HEALED]
    run = rehearsal(tmp_path, [PC, ILL], plan=plan)

    assert told(run, "PC-1") == ["0 member_added TIM-4 All"]
    assert told(run, "PC-2")[1:] == ["7200 remediated DWN-9 heal"]


@pytest.mark.rule("TIM-4", "POL-7")
def test_a_device_patched_out_of_a_query_leaves_it_and_keeps_what_it_has(tmp_path):
    plan = [
        DEPLOY | {"to": ["Ill"]},
        {"at": "2 h"} | HEALED,
    ]
    ill = {"name": "Ill", "members": "clock_ok == false"} | SOON
    run = rehearsal(tmp_path, ILL, plan=plan, collections=[EVERYBODY, ill])

    assert told(run)[-3:] == story("""
        7200 remediated DWN-9 heal
        7500 member_removed TIM-4 Ill
        7500 untargeted Onboard Ill
    """)
    assert verdict(run)[0] == "onboarded"
    assert run.summary["targeted"] == 0


@pytest.mark.rule("TIM-4", "POL-7")
def test_a_policy_lost_with_a_collection_is_not_carried_out_any_more(tmp_path):
    """Received, but its first evaluation comes after the device has left."""
    later = FIXED | {"first_evaluation_window": "2 h"}
    plan = [DEPLOY | {"to": ["Ill"], "at": "2 h"}, {"at": "7201 s"} | HEALED]
    ill = {"name": "Ill", "members": "clock_ok == false"} | SOON
    run = rehearsal(tmp_path, ILL, plan=plan, collections=[EVERYBODY, ill], assumptions=later)

    assert Streams(7, 1).between("first_evaluation/Onboard", device_key("PC-1"), 1, 7200) > 300
    assert told(run)[1:] == story("""
        0 member_added TIM-4 Ill
        7200 targeted Onboard Ill
        7200 policy_received TIM-1 Onboard
        7201 remediated DWN-9 heal
        7500 member_removed TIM-4 Ill
        7500 untargeted Onboard Ill
    """)


@pytest.mark.rule("TIM-4", "TIM-1")
def test_the_device_learns_of_its_new_collection_at_its_next_poll(tmp_path):
    daily = FIXED | {"policy_poll_interval": "24 h"}
    run = rehearsal(tmp_path, [PC, NEW], collections=[EVERYBODY | SOON], assumptions=daily)

    poll = Streams(7, 1).between("policy_poll_phase", device_key("NEW"), 0, DAY - 1)
    poll += DAY if poll < 36_300 else 0
    assert told(run, "NEW")[1:4] == story(f"""
        36300 member_added TIM-4 All
        36300 targeted Onboard All
        {poll} policy_received TIM-1 Onboard
    """)


def moves(run, event="member_added", since=1):
    """Return when devices came into collections after the start: time, device, collection."""
    return [
        (row["time"], row["device"], row["collection"])
        for row in rows(run)
        if row["event"] == event and row["time"] >= since
    ]


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize(
    ("limit", "limited", "times"),
    [
        (SOON, SOON, (7500, 7500)),
        (SOON, {}, (7500, WEEK)),
        ({}, SOON, (WEEK, WEEK)),
        ({}, {}, (WEEK, WEEK)),
    ],
    ids=["both soon", "limit soon", "limited soon", "both weekly"],
)
def test_a_limited_collection_goes_by_the_last_known_members_of_its_limit(
    tmp_path, limit, limited, times
):
    """At one instant the limit is evaluated first, although it is declared last."""
    collections = [
        {"name": "Inner", "limit_to": "Well"} | limited,
        EVERYBODY,
        WELL | limit,
    ]
    plan = [{"at": "2 h"} | HEALED]
    run = rehearsal(tmp_path, ILL, plan=plan, collections=collections)

    assert sorted(moves(run)) == sorted([(times[0], "PC-1", "Well"), (times[1], "PC-1", "Inner")])


@pytest.mark.rule("TIM-4")
def test_an_including_collection_follows_the_included_one(tmp_path):
    collections = [
        EVERYBODY,
        WELL | SOON,
        {"name": "Weekly", "include": ["Well"]},
        {"name": "Daily", "include": ["Well"]} | SOON,
    ]
    run = rehearsal(tmp_path, ILL, plan=[{"at": "2 h"} | HEALED], collections=collections)

    assert moves(run) == [
        (7500, "PC-1", "Well"),
        (7500, "PC-1", "Daily"),
        (WEEK, "PC-1", "Weekly"),
    ]


@pytest.mark.rule("TIM-4", "POL-7")
def test_an_excluding_collection_lets_a_device_go_when_the_excluded_one_holds_it(tmp_path):
    collections = [
        EVERYBODY,
        WELL | SOON,
        {"name": "Rest", "limit_to": "All", "exclude": ["Well"]},
    ]
    plan = [DEPLOY | {"to": ["Rest"]}, {"at": "2 h"} | HEALED]
    run = rehearsal(tmp_path, ILL, plan=plan, collections=collections)

    assert told(run)[-4:] == story("""
        7200 remediated DWN-9 heal
        7500 member_added TIM-4 Well
        604800 member_removed TIM-4 Rest
        604800 untargeted Onboard Rest
    """)


@pytest.mark.rule("TIM-4")
def test_collections_that_depend_on_each_other_in_a_row_settle_at_one_instant(tmp_path):
    """The device joins Well and leaves Rest, Inner (within Rest) loses it too, Outside gains it."""
    collections = [
        {"name": "Outside", "limit_to": "All", "exclude": ["Inner"]} | SOON,
        {"name": "Inner", "limit_to": "Rest"} | SOON,
        {"name": "Rest", "limit_to": "All", "exclude": ["Well"]} | SOON,
        WELL | SOON,
        EVERYBODY | SOON,
    ]
    run = rehearsal(tmp_path, ILL, plan=[{"at": "2 h"} | HEALED], collections=collections)

    assert moves(run) == [(7500, "PC-1", "Well"), (7500, "PC-1", "Outside")]
    assert moves(run, "member_removed") == [(7500, "PC-1", "Rest"), (7500, "PC-1", "Inner")]


@pytest.mark.rule("TIM-4")
def test_an_agent_that_was_installed_brings_a_device_into_a_query(tmp_path):
    """Installed at 3738: found at 3900."""
    modern = {"name": "Modern", "members": "agent == 'mde_client'"} | SOON
    run = rehearsal(tmp_path, SERVER, collections=[EVERYBODY, modern], client_settings=MDE_CLIENT)

    assert "3738 agent_installed DWN-2 Onboard" in told(run)
    assert moves(run) == [(3900, "PC-1", "Modern")]


@pytest.mark.rule("TIM-4", "FLT-1")
def test_a_client_that_works_again_brings_a_device_into_a_query(tmp_path):
    working = {"name": "Working", "members": "client == 'active'"} | SOON
    run = rehearsal(
        tmp_path,
        PC | {"client": "broken"},
        collections=[EVERYBODY, working],
        faults="drawn",
        assumptions=FIXED | CALM | {"client_repair_mean": "1 s"},
        horizon="1 d",
    )

    repaired = next(int(line.split()[0]) for line in told(run) if "remediated" in line)
    assert 0 < repaired < 300
    assert moves(run) == [(300, "PC-1", "Working")]


@pytest.mark.rule("TIM-4", "FLT-4")
def test_a_restart_that_was_pending_takes_a_device_out_of_a_query(tmp_path):
    plan = [DEPLOY, {"name": "now", "at": "2 h", "restart": ["All"], "within": "1 s"}]
    pending = {"name": "Pending", "members": "restart_pending == true"} | SOON
    run = rehearsal(
        tmp_path,
        SERVER | {"restart_pending": "true"},
        plan=plan,
        collections=[EVERYBODY, pending],
        client_settings=MDE_CLIENT,
        horizon="1 d",
    )

    assert "7200 restarted FLT-4" in told(run)
    assert moves(run, "member_removed") == [(7500, "PC-1", "Pending")]


@pytest.mark.rule("TIM-4")
def test_a_change_in_the_second_of_an_evaluation_waits_for_the_next(tmp_path):
    found = []
    for at in (7499, 7500):
        plan = [{"at": f"{at} s"} | HEALED]
        run = rehearsal(tmp_path, ILL, plan=plan, collections=[EVERYBODY, WELL | SOON])
        found += moves(run)

    assert [time for time, *_ in found] == [7500, 7800]


@pytest.mark.rule("TIM-4")
def test_who_joins_in_the_second_of_an_evaluation_is_not_found_by_it(tmp_path):
    """It takes place for the device that joined a second before."""
    before = NEW | {"name": "BEFORE", "joined_at": "2026-03-02 09:59:59"}
    run = rehearsal(tmp_path, [PC, before, NEW], collections=[EVERYBODY | SOON])

    assert moves(run) == [(36_000, "BEFORE", "All"), (36_300, "NEW", "All")]


@pytest.mark.rule("TIM-4", "DWN-6")
def test_a_client_setting_follows_the_collection_at_the_next_evaluation_of_the_policy(tmp_path):
    """Patched into the collection with the new setting: MMA at first, the MDE client after."""
    plan = [DEPLOY, {"at": "2 h"} | HEALED]
    settings = [MDE_CLIENT[0] | {"collection": "Well"}]
    run = rehearsal(
        tmp_path,
        SERVER | {"clock_ok": "false"},
        plan=plan,
        collections=[EVERYBODY, WELL | SOON],
        client_settings=settings,
        horizon="8 d",
    )

    lines = [line for line in told(run) if "policy_failed" in line or "onboarded" in line]
    assert lines == story("""
        3601 policy_failed workspace_missing MMA-2 Onboard
        608568 onboarded DWN-2 Onboard a
    """)


@pytest.mark.rule("TIM-4")
def test_a_sample_keeps_its_members_when_others_join(tmp_path):
    devices = [PC] * 40 + [NEW | {"name": f"N-{n:02d}"} for n in range(40)]
    pilot = {"name": "Pilot", "limit_to": "All", "sample": "50 %"} | SOON
    run = rehearsal(
        tmp_path, devices, collections=[EVERYBODY | SOON, pilot], plan=[], horizon="2 d"
    )
    alone = rehearsal(
        tmp_path, devices[:40], collections=[EVERYBODY | SOON, pilot], plan=[], horizon="2 d"
    )

    def of_the_first(one):
        return [who for time, who, name in moves(one, since=0) if name == "Pilot" and time == 0]

    assert of_the_first(run) == of_the_first(alone)
    late = [who for time, who, name in moves(run) if name == "Pilot"]
    assert 8 < len(late) < 32
    assert {time for time, *_ in moves(run)} == {36_300}


def test_a_device_that_never_came_into_a_collection_counts_as_not_targeted(tmp_path):
    run = rehearsal(tmp_path, [PC, NEW | {"joined_at": "2026-03-31 23:58"}], horizon="30 d")

    assert verdict(run, "NEW")[:2] == ("not_targeted", "awaiting_collection")
    assert final(run, "NEW")["onboarded_at"] is None
