"""Polls, evaluations, retries, state messages and collections keep their times."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    MDE_CLIENT,
    POLICY,
    WORKSPACE,
    final,
    phase,
    rehearsal,
    story,
    told,
    value_of,
    when,
)

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
PC, OLD = {"os": "windows-11-24h2"}, {"os": "windows-8.1"}
MANY = [PC | {"name": f"M-{number:03d}"} for number in range(40)]
NAMES = [device["name"] for device in MANY]


@pytest.mark.rule("TIM-1")
def test_a_policy_is_received_at_the_devices_next_hourly_poll(tmp_path):
    run = rehearsal(tmp_path, MANY, horizon="1 d", assumptions={})

    received = {name: when(run, "policy_received", name) for name in NAMES}
    assert all(HOUR <= time < 2 * HOUR for time in received.values())
    polls = {name: phase(name, "policy_poll_phase", HOUR) for name in NAMES}
    assert {name: time % HOUR for name, time in received.items()} == polls
    assert len(set(polls.values())) > 30


@pytest.mark.rule("TIM-1")
def test_a_poll_in_the_second_of_a_step_finds_its_news(tmp_path):
    poll = phase("PC-1", "policy_poll_phase", HOUR)
    times = []
    for at in (poll, poll + 1):
        plan = [DEPLOY | {"at": f"{at} s"}]
        run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d", assumptions={})
        times.append(when(run, "policy_received"))

    assert times == [poll, poll + HOUR]


@pytest.mark.rule("TIM-2")
def test_a_new_policy_is_evaluated_within_two_hours(tmp_path):
    run = rehearsal(tmp_path, MANY, horizon="1 d", assumptions={})

    delays = [
        when(run, "policy_evaluated", name) - when(run, "policy_received", name) for name in NAMES
    ]
    assert all(0 < delay <= 2 * HOUR for delay in delays)
    assert max(delays) > HOUR
    assert min(delays) < HOUR


@pytest.mark.rule("TIM-2")
def test_a_failed_onboarding_is_tried_again_on_a_seven_day_grid_from_the_first(tmp_path):
    run = rehearsal(tmp_path, [OLD] * 5, horizon="30 d", assumptions={})

    for name in ("PC-1", "PC-3", "PC-5"):
        evaluated = [int(line.split()[0]) for line in told(run, name) if "evaluated" in line]
        assert len(evaluated) >= 4
        assert evaluated == [evaluated[0] + week * WEEK for week in range(len(evaluated))]


@pytest.mark.rule("TIM-2")
def test_a_failed_agent_install_is_tried_again_24_hours_after_it_failed(tmp_path):
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "antivirus": "disabled"},
        client_settings=MDE_CLIENT,
        horizon="4 d",
        assumptions={},
    )

    failed = [int(line.split()[0]) for line in told(run) if "install_failed" in line]
    started = [int(line.split()[0]) for line in told(run) if "install_started" in line]
    assert started[1:] == [time + DAY for time in failed][: len(started) - 1]
    assert len(started) >= 3


@pytest.mark.rule("TIM-2")
def test_a_retry_and_an_evaluation_at_once_are_one_attempt(tmp_path):
    """The retry is due 86263 s after a failure that came 137 s after the evaluation."""
    fixed = FIXED | {"evaluation_interval": "24 h", "install_retry_interval": "86263 s"}
    device = {"os": "server-2016", "antivirus": "disabled"}
    run = rehearsal(tmp_path, device, client_settings=MDE_CLIENT, horizon="2 d", assumptions=fixed)

    assert told(run)[6:] == story("""
        3738 install_failed antivirus_disabled DWN-5 Onboard
        3739 reported TIM-3
        90001 policy_evaluated DWN-2 Onboard
        90001 install_started DWN-2 Onboard
        90127 install_failed antivirus_disabled DWN-5 Onboard
    """)


@pytest.mark.rule("TIM-3")
def test_state_messages_leave_strictly_later_on_a_15_minute_grid(tmp_path):
    run = rehearsal(tmp_path, MANY, horizon="1 d", assumptions={})

    for name in NAMES:
        onboarded, reported = when(run, "onboarded", name), when(run, "reported", name)
        assert 0 < reported - onboarded <= 15 * MINUTE
        assert reported % (15 * MINUTE) == phase(name, "state_message_phase", 15 * MINUTE)


@pytest.mark.rule("TIM-3")
def test_what_happens_in_the_second_of_a_message_leaves_with_the_next(tmp_path):
    slot = phase("PC-1", "state_message_phase", 15 * MINUTE) + 8 * 15 * MINUTE
    slow = FIXED | {"state_message_interval": "15 min"}
    reported = []
    for early in (0, 1):
        plan = [DEPLOY | {"at": f"{slot - 31 - early} s"}]
        run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d", assumptions=slow)
        reported.append(final(run)["reported_at"])

    assert reported == [slot + 15 * MINUTE, slot]


@pytest.mark.rule("TIM-3")
def test_a_message_that_leaves_in_the_middle_of_an_attempt_is_followed_by_its_outcome(tmp_path):
    """The message of the first failure leaves while the next evaluation installs: what it told

    was not the end of it. The same failure comes again and is told again.
    """
    slow = FIXED | {"state_message_interval": "10 min", "evaluation_interval": "500 s"}
    slot = phase("PC-1", "state_message_phase", 600) + 6000
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "antivirus": "disabled"},
        plan=[DEPLOY | {"at": f"{slot - 550} s"}],
        client_settings=MDE_CLIENT,
        horizon=f"{slot + 700} s",
        assumptions=slow,
    )

    deployed = slot - 550
    assert [line for line in told(run) if "install_f" in line or "reported" in line] == story(f"""
        {deployed + 138} install_failed antivirus_disabled DWN-5 Onboard
        {slot} reported TIM-3
        {deployed + 627} install_failed antivirus_disabled DWN-5 Onboard
        {deployed + 1127} install_failed antivirus_disabled DWN-5 Onboard
        {slot + 600} reported TIM-3
    """)
    assert value_of(run, "console", "failed", slot + 10) == 0
    assert value_of(run, "console", "failed", cause="antivirus_disabled") == 1


@pytest.mark.rule("MON-4")
def test_the_portal_lists_a_device_5_to_30_minutes_later_on_mma_within_the_hour(tmp_path):
    devices = MANY + [OLD | {"agent": "mma", "name": f"O-{n:03d}"} for n in range(40)]
    workspace = {"workspace": {"id": "present", "key": "present"}}
    run = rehearsal(tmp_path, devices, horizon="2 d", assumptions={}, policy=workspace)

    def delays(letter):
        names = [device["name"] for device in devices if device["name"].startswith(letter)]
        return [when(run, "portal_seen", name) - when(run, "onboarded", name) for name in names]

    assert all(5 * MINUTE <= delay <= 30 * MINUTE for delay in delays("M"))
    assert all(5 * MINUTE <= delay <= HOUR for delay in delays("O"))
    assert max(delays("O")) > 30 * MINUTE


@pytest.mark.rule("TIM-4")
def test_collections_query_list_include_limit_and_exclude_and_excluding_wins(tmp_path):
    devices = [
        {"name": name, "os": system, "ring": ring}
        for name, system, ring in (
            ("A", "windows-11-24h2", "1"),
            ("B", "windows-11-24h2", "2"),
            ("C", "server-2022", "1"),
            ("D", "server-2022", "2"),
            ("E", "windows-8.1", "1"),
        )
    ]
    collections = [
        EVERYBODY,
        {"name": "Query", "members": "ring == '1'"},
        {"name": "Direct", "members": ["D", "a"]},
        {"name": "Limited", "members": "ring == '1'", "limit_to": "Direct"},
        {"name": "Whole limit", "limit_to": "Query"},
        {"name": "Included", "members": ["B"], "include": ["Direct"]},
        {"name": "Excluded", "members": "ring == '1'", "exclude": ["Direct"]},
        {"name": "Both", "members": ["B"], "include": ["Query"], "exclude": ["Query"]},
        {"name": "None", "limit_to": "All", "sample": "0 %"},
        {"name": "Every", "limit_to": "All", "sample": "100 %"},
    ]
    plan = [{"at": "1 h", "deploy": "Onboard", "to": ["Both", "Limited"]}]
    run = rehearsal(tmp_path, devices, collections=collections, plan=plan, horizon="1 d")

    def members(name):
        lines = [f"0 member_added TIM-4 {name}"]
        return "".join(who for who in "ABCDE" if lines[0] in told(run, who))

    assert {one["name"]: members(one["name"]) for one in collections} == {
        "All": "ABCDE",
        "Query": "ACE",
        "Direct": "AD",
        "Limited": "A",
        "Whole limit": "ACE",
        "Included": "ABD",
        "Excluded": "CE",
        "Both": "B",
        "None": "",
        "Every": "ABCDE",
    }
    onboarded = [who for who in "ABCDE" if final(run, who)["status"] == "onboarded"]
    assert onboarded == ["A", "B"]


def test_what_comes_while_a_device_is_at_work_waits_until_it_is_done(tmp_path):
    """The second policy is deployed during an install: received after it, evaluated after that."""
    second = {"name": "Second", "package": "onboarding-a"}
    plan = [DEPLOY, {"at": "3650 s", "deploy": "Second", "to": ["All"]}]
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        plan=plan,
        policies=[{"name": "Onboard", "package": "onboarding-a"}, second],
        client_settings=MDE_CLIENT,
        horizon="1 d",
    )

    assert told(run)[4:] == story("""
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3650 targeted Second All
        3738 agent_installed DWN-2 Onboard
        3738 policy_applied DWN-2 Onboard
        3768 onboarded DWN-2 Onboard a
        3768 policy_received TIM-1 Second
        3769 reported TIM-3
        3769 policy_conflict policy_conflict POL-5 Second
        3770 reported TIM-3
        4368 portal_seen MON-4
    """)


def test_an_install_under_way_is_finished_though_its_policy_was_withdrawn(tmp_path):
    plan = [DEPLOY, {"at": "3650 s", "undeploy": "Onboard", "from": ["All"]}]
    run = rehearsal(
        tmp_path, {"os": "server-2016"}, plan=plan, client_settings=MDE_CLIENT, horizon="1 d"
    )

    assert final(run)["status"] == "onboarded"


def test_a_withdrawn_policy_is_not_tried_again(tmp_path):
    plan = [DEPLOY, {"at": "2 h", "undeploy": "Onboard", "from": ["All"]}]
    device = {"os": "server-2016", "antivirus": "disabled"}
    run = rehearsal(tmp_path, device, plan=plan, client_settings=MDE_CLIENT, horizon="9 d")

    assert told(run)[-1] == "7200 untargeted Onboard All"


def test_news_after_the_last_poll_of_an_install_waits_for_the_poll_after_it(tmp_path):
    """Polls each 100 s; the attempt lasts 168 s from the poll that began it.

    Of two deployments under way the first is known when it ends, the second at the poll after it.
    """
    slow = FIXED | {"policy_poll_interval": "100 s"}
    start = 3600 + (phase("PC-1", "policy_poll_phase", 100) - 3600) % 100
    plan = [
        DEPLOY,
        {"at": f"{start + 95} s", "deploy": "Second", "to": ["All"]},
        {"at": f"{start + 105} s", "deploy": "Third", "to": ["All"]},
    ]
    names = ("Onboard", "Second", "Third")
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        plan=plan,
        policies=[{"name": name, "package": "onboarding-a"} for name in names],
        client_settings=MDE_CLIENT,
        horizon="2 d",
        assumptions=slow,
    )

    assert [line for line in told(run) if "received" in line] == story(f"""
        {start} policy_received TIM-1 Onboard
        {start + 168} policy_received TIM-1 Second
        {start + 200} policy_received TIM-1 Third
    """)


def test_an_evaluation_that_came_during_another_policys_attempt_is_caught_up(tmp_path):
    """The second policy's daily evaluation falls into the first one's install.

    The first was withdrawn just before that; heard of at a poll during the install, it lets the
    second act as soon as the install is done, not a day later.
    """
    daily = FIXED | {"evaluation_interval": "24 h"}
    second = {"name": "Second", "package": "onboarding-a"}
    change = {"set_client_setting": "New agent", "downlevel_client": "mde_client"}
    plan = [
        {"at": "1 h", "deploy": "Onboard", "to": ["All"]},
        {"at": "3700 s", "deploy": "Second", "to": ["All"]},
        change | {"at": "3698 s"},
        {"at": "90060 s", "undeploy": "Onboard", "from": ["All"]},
    ]
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        plan=plan,
        policies=[
            POLICY | {"workspace": WORKSPACE},
            second,
        ],
        client_settings=[MDE_CLIENT[0] | {"downlevel_client": "mma"}],
        horizon="3 d",
        assumptions=daily,
    )

    lines = told(run)
    assert "3701 policy_conflict policy_conflict POL-5 Second" in lines
    assert lines[lines.index("90060 untargeted Onboard All") :] == story("""
        90060 untargeted Onboard All
        90138 agent_installed DWN-2 Onboard
        90138 policy_applied DWN-2 Onboard
        90168 onboarded DWN-2 Onboard a
        90168 policy_evaluated DWN-7 Second
        90168 policy_applied DWN-7 Second
        90169 reported TIM-3
        90768 portal_seen MON-4
    """)
