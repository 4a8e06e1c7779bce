"""The plan: order, followers, refused steps, gates, pauses."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    MDE_CLIENT,
    final,
    rehearsal,
    story,
    told,
    told_of_plan,
    verdict,
)

PC = {"os": "windows-11-24h2"}
OLD = {"os": "windows-8.1"}


def step(name, **keys):
    return {"name": name} | keys


def deploy(name, **keys):
    return {"name": name, "deploy": "Onboard", "to": ["All"]} | keys


def note(name, **keys):
    """A step that is carried out and changes nothing that these tests look at."""
    return {"name": name, "resume": "Onboard"} | keys


def test_steps_of_one_second_are_carried_out_in_the_order_of_the_plan(tmp_path):
    plan = [
        note("c", at="1 h"),
        note("late", at="2 h"),
        note("a", at="1 h"),
        note("b", at="60 min"),
    ]
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert told_of_plan(run) == story("""
        3600 step_done Onboard c
        3600 step_done Onboard a
        3600 step_done Onboard b
        7200 step_done Onboard late
    """)


def test_a_step_that_follows_at_once_keeps_its_place_in_the_plan(tmp_path):
    plan = [note("first", at="1 h"), note("second", after="first"), note("third", at="1 h")]
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert [line.split()[-1] for line in told_of_plan(run)] == ["first", "second", "third"]


def test_of_two_changes_in_one_second_the_later_in_the_plan_counts(tmp_path):
    plan = [
        step("out", undeploy="Onboard", at="2 h", **{"from": ["All"]}),
        deploy("in", at="1 h"),
        deploy("again", at="2 h"),
    ]
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert final(run)["policy"] == "Onboard"
    assert sum("targeted" in line for line in told(run)) == 3


@pytest.mark.parametrize("written", ["first + 3 d", "first+3d", "first + 2 d 24 h"])
def test_a_step_follows_another_by_its_delay(tmp_path, written):
    run = rehearsal(tmp_path, PC, plan=[note("first", at="1 h"), note("next", after=written)])

    assert told_of_plan(run) == story("""
        3600 step_done Onboard first
        262800 step_done Onboard next
    """)


@pytest.mark.rule("PRE-3")
def test_a_refused_step_lets_those_that_follow_it_go_on(tmp_path):
    plan = [deploy("refused", at="1 h", by="reader"), note("next", after="refused + 1 h")]
    names = [{"name": "first", "roles": ["Full Administrator"]}, {"name": "reader"}]
    run = rehearsal(tmp_path, PC, plan=plan, site={"administrators": names}, horizon="1 d")

    assert told_of_plan(run) == story("""
        3600 step_refused role_missing PRE-3 Onboard refused
        7200 step_done Onboard next
    """)
    assert told(run) == ["0 member_added TIM-4 All"]


def test_a_step_without_a_name_is_logged_by_its_place(tmp_path):
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, {"at": "2 h", "pause": "Onboard"}], horizon="1 d")

    assert [line.split()[-1] for line in told_of_plan(run)] == ["plan[0]", "plan[1]"]


def test_a_step_in_the_last_second_is_carried_out_by_the_site(tmp_path):
    run = rehearsal(tmp_path, PC, plan=[deploy("last", at="86399 s")], horizon="1 d")

    assert told(run)[-2:] == ["86399 targeted Onboard All", "86399 policy_received TIM-1 Onboard"]
    assert verdict(run) == ("waiting", "awaiting_evaluation", "TIM-2")


@pytest.mark.parametrize(
    "plan",
    [
        [note("first", at="1 h"), note("never", after="first + 23 h")],
        [note("first", at="1 h"), note("never", after="first + 30 d")],
    ],
)
def test_nothing_happens_at_or_after_the_horizon(tmp_path, plan):
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert told_of_plan(run) == ["3600 step_done Onboard first"]


def test_no_row_lies_at_or_after_the_horizon(tmp_path):
    """The report and the portal's listing would come later."""
    run = rehearsal(tmp_path, PC, horizon="3632 s", reporting={"interval": "1 min"})

    assert told(run)[-1] == "3631 onboarded UPL-1 Onboard a"


GATED = [
    {"name": "Pilot", "members": ["PC-1"]},
    {"name": "Rest", "members": ["PC-2"]},
    {"name": "Nobody", "members": "location == 'nowhere'"},
]


def gate(when, **keys):
    """Deploy to the rest as soon as *when* is met."""
    return {"name": "rest", "when": when, "deploy": "Onboard", "to": ["Rest"]} | keys


def gated(tmp_path, when, *more, at="1 h", horizon="6 d", **keys):
    pilot = {"name": "pilot", "at": at, "deploy": "Onboard", "to": ["Pilot"]}
    return rehearsal(
        tmp_path,
        [PC, PC],
        plan=[pilot, gate(when, **keys), *more],
        collections=GATED,
        horizon=horizon,
    )


DONE = "onboarded_pct{collection='Pilot'} >= 95"


def test_a_gate_opens_at_a_reporting_instant_and_takes_effect_in_the_next_second(tmp_path):
    """The pilot is onboarded at 3631 and reported at 3632; the next full hour is 7200."""
    run = gated(tmp_path, DONE)

    assert told_of_plan(run) == story("""
        3600 step_done Onboard pilot
        7200 gate_opened rest
        7201 step_done Onboard rest
    """)
    assert told(run, "PC-2")[1:3] == story("""
        7201 targeted Onboard Rest
        7201 policy_received TIM-1 Onboard
    """)


def test_a_gate_sees_what_came_before_its_instant_and_no_more(tmp_path):
    """The report comes 32 s after the deployment: at the very instant it is not yet counted."""
    at_once = gated(tmp_path, DONE, at="7168 s")
    just_before = gated(tmp_path, DONE, at="7167 s")

    assert "7200 reported TIM-3" in told(at_once)
    assert "10800 gate_opened rest" in told_of_plan(at_once)
    assert "7200 gate_opened rest" in told_of_plan(just_before)


def test_a_gate_looks_at_the_console_unless_it_names_another_view(tmp_path):
    onboarded = "device.onboarded >= 1"
    at = "7165 s"
    device = gated(tmp_path, onboarded, at=at)
    console = gated(tmp_path, "onboarded >= 1", at="7168 s")
    portal = gated(tmp_path, "portal.onboarded >= 1", at=at)

    assert "7200 gate_opened rest" in told_of_plan(device)
    assert "10800 gate_opened rest" in told_of_plan(console)
    assert "10800 gate_opened rest" in told_of_plan(portal)


def test_a_condition_held_for_a_day_opens_the_gate_after_that_day(tmp_path):
    run = gated(tmp_path, f"{DONE} for 24 h")

    assert "93600 gate_opened rest" in told_of_plan(run)


def test_a_hold_that_is_interrupted_starts_again(tmp_path):
    more = [
        {"name": "out", "at": "10 h", "undeploy": "Onboard", "from": ["Pilot"]},
        {"name": "in", "at": "12 h", "deploy": "Onboard", "to": ["Pilot"]},
    ]
    run = gated(tmp_path, f"{DONE} for 24 h", *more)

    assert "129600 gate_opened rest" in told_of_plan(run)


@pytest.mark.rule("MON-1")
def test_a_percentage_of_no_devices_opens_no_gate(tmp_path):
    run = gated(tmp_path, "onboarded_pct{collection='Nobody'} >= 0")
    below = gated(tmp_path, "failed_pct{collection='Nobody'} < 2")

    assert told_of_plan(run) == told_of_plan(below) == ["3600 step_done Onboard pilot"]


NEVER = "onboarded >= 99"
NEXT = {"name": "next", "after": "rest + 1 h", "pause": "Onboard"}
OTHER = {"name": "other", "at": "3 d", "pause": "Onboard"}


@pytest.mark.parametrize(
    ("do", "then"),
    [
        ("proceed", ["108001 step_done Onboard rest", "111601 step_done Onboard next",
                     "259200 step_done Onboard other"]),
        ("skip", ["259200 step_done Onboard other"]),
        ("stop", []),
    ],
)  # fmt: skip
def test_a_gate_that_does_not_open_in_time_does_otherwise(tmp_path, do, then):
    """The time counts from the start; what follows a skipped step never comes."""
    run = gated(tmp_path, NEVER, NEXT, OTHER, otherwise={"after": "30 h", "do": do})

    assert told_of_plan(run) == [
        "3600 step_done Onboard pilot",
        "108000 gate_timed_out rest",
        *then,
    ]


def test_a_gate_times_out_between_reporting_instants_too(tmp_path):
    run = gated(tmp_path, NEVER, otherwise={"after": "3601 s", "do": "proceed"})

    assert told_of_plan(run)[1:] == ["3601 gate_timed_out rest", "3602 step_done Onboard rest"]


def test_a_gate_whose_condition_is_met_when_its_time_is_over_opens(tmp_path):
    run = gated(tmp_path, DONE, otherwise={"after": "2 h", "do": "stop"})

    assert told_of_plan(run)[1:] == ["7200 gate_opened rest", "7201 step_done Onboard rest"]


def test_a_gate_that_opened_is_not_timed_out_later(tmp_path):
    run = gated(tmp_path, DONE, OTHER, otherwise={"after": "30 h", "do": "stop"})

    assert told_of_plan(run)[-1] == "259200 step_done Onboard other"


def test_a_plan_stopped_by_one_gate_opens_no_other_at_that_instant(tmp_path):
    second = {"name": "second", "when": "onboarded >= 1 for 29 h", "pause": "Onboard"}
    run = gated(
        tmp_path, NEVER, second, otherwise={"after": "30 h", "do": "stop"}, at="0 s"
    )  # fmt: skip

    assert told_of_plan(run) == ["0 step_done Onboard pilot", "108000 gate_timed_out rest"]


def test_several_gates_open_each_by_itself(tmp_path):
    second = {"name": "second", "when": "onboarded >= 2", "pause": "Onboard"}
    run = gated(tmp_path, DONE, second)

    assert told_of_plan(run)[1:] == story("""
        7200 gate_opened rest
        7201 step_done Onboard rest
        10800 gate_opened second
        10801 step_done Onboard second
    """)


def test_while_a_policy_is_paused_no_new_device_receives_it_and_others_go_on(tmp_path):
    """PC-1 received it before the pause and continues; PC-2 waits until it is resumed."""
    plan = [
        {"at": "1 h", "deploy": "Onboard", "to": ["Pilot"]},
        {"at": "3601 s", "pause": "Onboard"},
        {"at": "2 h", "deploy": "Onboard", "to": ["Rest"]},
        {"at": "2 d", "resume": "Onboard"},
    ]
    run = rehearsal(tmp_path, [PC, PC], plan=plan, collections=GATED)

    assert final(run, "PC-1")["onboarded_at"] == 3631
    assert told(run, "PC-2") == story("""
        0 member_added TIM-4 Rest
        7200 targeted Onboard Rest
        172800 policy_received TIM-1 Onboard
        172801 policy_evaluated UPL-1 Onboard
        172801 policy_applied UPL-1 Onboard
        172831 onboarded UPL-1 Onboard a
        172832 reported TIM-3
        173431 portal_seen MON-4
    """)


def test_a_paused_policy_goes_on_failing_and_healing_where_it_arrived(tmp_path):
    plan = [
        DEPLOY,
        {"at": "2 h", "pause": "Onboard"},
        {"at": "1 d", "set_workspace": "Onboard", "id": "present", "key": "present"},
    ]
    run = rehearsal(tmp_path, OLD, plan=plan)

    assert verdict(run) == ("onboarded", "", "MMA-1")


def test_a_paused_policy_is_awaited(tmp_path):
    plan = [{"at": "0 s", "pause": "Onboard"}, DEPLOY]
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert verdict(run) == ("waiting", "awaiting_policy", "TIM-1")


def test_deploying_twice_to_a_collection_changes_nothing(tmp_path):
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, DEPLOY | {"at": "1 d"}], horizon="2 d")

    assert sum("targeted" in line for line in told(run)) == 1


def test_withdrawing_what_is_not_deployed_changes_nothing(tmp_path):
    plan = [{"at": "1 h", "undeploy": "Onboard", "from": ["All"]}]
    run = rehearsal(tmp_path, PC, plan=plan, horizon="1 d")

    assert told(run) == ["0 member_added TIM-4 All"]
    assert told_of_plan(run) == ["3600 step_done Onboard plan[0]"]


def test_gates_change_nothing_when_they_never_open(tmp_path):
    """Stopping each hour to check gates changes no device's story."""
    devices = [PC, OLD, {"os": "server-2016"}]
    sections = {"client_settings": MDE_CLIENT, "collections": [EVERYBODY]}
    never = {"name": "never", "when": NEVER, "pause": "Onboard"}
    plain = rehearsal(tmp_path, devices, plan=[DEPLOY], **sections)
    with_gate = rehearsal(tmp_path, devices, plan=[DEPLOY, never], **sections)

    for name in ("PC-1", "PC-2", "PC-3"):
        assert told(plain, name) == told(with_gate, name)
