"""Plan steps that edit collections: which devices join and leave, and when they know."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    MDE_CLIENT,
    PACKAGE,
    final,
    phase,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
ONE = {"name": "One", "members": ["PC-1"]}
FEW = {"name": "Few", "members": ["PC-2"]}
EXCLUDE = {"name": "out", "at": "2 d", "exclude": "One", "from": "All"}
INCLUDE = {"name": "in", "at": "4 d", "include": "One", "in": "All"}


@pytest.mark.rule("POL-7", "TIM-4")
def test_an_exclusion_takes_a_device_out_at_once_and_leaves_what_it_has(tmp_path):
    """The collection is evaluated weekly otherwise; the policy's second evaluation never comes."""
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, EXCLUDE], collections=[EVERYBODY, ONE])

    assert told(run) == story("""
        0 member_added TIM-4 All
        0 member_added TIM-4 One
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarded UPL-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
        172800 member_removed TIM-4 All
        172800 untargeted Onboard All
    """)
    assert verdict(run) == ("onboarded", "", "UPL-1")
    assert (final(run)["payload_in_use"], final(run)["collections"]) == ("a", "One")


@pytest.mark.rule("POL-7", "TIM-1")
@pytest.mark.parametrize(("late", "evaluations"), [(-1, 1), (0, 1), (1, 2)])
def test_an_exclusion_is_known_from_the_next_poll_on(tmp_path, late, evaluations):
    """One poll a day: an exclusion just after one is not known at the evaluation of that day."""
    slow = FIXED | {"policy_poll_interval": "1 d", "first_evaluation_window": "6 h"}
    poll = DAY + phase("PC-1", "policy_poll_phase", DAY)
    run = rehearsal(
        tmp_path,
        PC | {"network": "blocked"},
        plan=[DEPLOY | {"at": "1 d"}, EXCLUDE | {"at": f"{poll + WEEK + late} s"}],
        collections=[EVERYBODY, ONE],
        assumptions=slow,
    )
    evaluated = [line for line in told(run) if "policy_evaluated" in line]

    assert poll + 1 < when(run, "policy_evaluated") < poll + DAY
    assert len(evaluated) == evaluations


@pytest.mark.rule("POL-7", "TIM-4", "TIM-2")
def test_including_an_excluded_collection_ends_the_exclusion_at_once(tmp_path):
    """The policy counts as new; on an onboarded device it is applied and changes nothing else."""
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, EXCLUDE, INCLUDE], collections=[EVERYBODY, ONE])

    assert told(run)[9:] == story("""
        172800 member_removed TIM-4 All
        172800 untargeted Onboard All
        345600 member_added TIM-4 All
        345600 targeted Onboard All
        345600 policy_received TIM-1 Onboard
        345601 policy_evaluated UPL-1 Onboard
        345601 policy_applied UPL-1 Onboard
        345602 reported TIM-3
    """)
    assert sorted(str(final(run)["collections"]).split("; ")) == ["All", "One"]


@pytest.mark.rule("TIM-4")
def test_an_included_collection_brings_its_members_what_is_deployed(tmp_path):
    """A policy and a script, in the second of the step."""
    run = rehearsal(
        tmp_path,
        [PC, PC],
        plan=[
            DEPLOY | {"to": ["Few"]},
            {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["Few"]},
            INCLUDE | {"in": "Few"},
        ],
        collections=[ONE, FEW],
        packages=[PACKAGE, SCRIPT],
        assumptions=FIXED | {"script_window": "1 s"},
        horizon="6 d",
    )

    assert told(run)[:5] == story("""
        0 member_added TIM-4 One
        345600 member_added TIM-4 Few
        345600 targeted Onboard Few
        345600 targeted UPD-9 Few move
        345600 policy_received TIM-1 Onboard
    """)
    assert {"345601 script_ran UPD-9 b move", "345601 policy_evaluated UPL-1 Onboard"} <= set(
        told(run)
    )


@pytest.mark.rule("TIM-4")
def test_exclude_wins_over_include(tmp_path):
    plan = [EXCLUDE | {"exclude": "Few"}, INCLUDE]
    both = ONE | {"members": ["PC-1", "PC-2"]}
    run = rehearsal(
        tmp_path,
        [PC, PC],
        plan=plan,
        collections=[EVERYBODY | {"members": ["PC-2"]}, both, FEW],
        horizon="6 d",
    )

    assert told(run, "PC-1") == story("""
        0 member_added TIM-4 One
        345600 member_added TIM-4 All
    """)
    assert told(run, "PC-2")[3:] == ["172800 member_removed TIM-4 All"]


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize(
    ("evaluation", "at"), [("incremental", 2 * DAY + 300), ("scheduled", WEEK)]
)
def test_only_the_edited_collection_is_evaluated_at_once(tmp_path, evaluation, at):
    """A collection limited to it follows at its own next slot; the step is a second after one."""
    ring = {"name": "Ring", "limit_to": "All", "evaluation": evaluation}
    run = rehearsal(
        tmp_path,
        PC,
        plan=[EXCLUDE | {"at": "172801 s"}],
        collections=[EVERYBODY, ONE, ring],
    )

    assert told(run)[3:] == story(f"""
        172801 member_removed TIM-4 All
        {at} member_removed TIM-4 Ring
    """)


@pytest.mark.rule("TIM-4")
def test_an_edit_in_the_second_of_an_evaluation_is_seen_by_the_next(tmp_path):
    """Collections are evaluated before the plan's steps of the same second."""
    ring = {"name": "Ring", "limit_to": "All", "evaluation": "incremental"}
    run = rehearsal(tmp_path, PC, plan=[EXCLUDE], collections=[EVERYBODY, ONE, ring])

    assert told(run)[3:] == story("""
        172800 member_removed TIM-4 All
        173100 member_removed TIM-4 Ring
    """)


@pytest.mark.rule("TIM-4")
def test_who_joins_after_an_exclusion_is_left_out_too(tmp_path):
    excluded = {"name": "One", "members": "ring == 'new'", "evaluation": "incremental"}
    late = PC | {"joined_at": "2026-03-07 00:00"}
    run = rehearsal(
        tmp_path,
        [late | {"ring": "new"}, late | {"ring": "old"}],
        plan=[DEPLOY, EXCLUDE],
        collections=[EVERYBODY | {"evaluation": "incremental"}, excluded],
        horizon="6 d",
    )

    assert told(run, "PC-1")[1:] == ["432300 member_added TIM-4 One"]
    assert told(run, "PC-2")[1:3] == story("""
        432300 member_added TIM-4 All
        432300 targeted Onboard All
    """)


REMOVE = {"name": "gone", "at": "2 d", "remove_collection": "All"}


@pytest.mark.rule("POL-7", "TIM-4")
def test_a_removed_collection_ends_its_deployments_and_offboards_no_device(tmp_path):
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, REMOVE])

    assert told(run)[8:] == story("""
        172800 member_removed TIM-4 All
        172800 untargeted Onboard All
    """)
    assert verdict(run) == ("onboarded", "", "UPL-1")
    assert final(run)["payload_in_use"] == "a"
    assert value_of(run, "device", "targeted") == 0


@pytest.mark.rule("POL-7")
def test_a_removed_collection_ends_what_had_not_begun(tmp_path):
    """The policy arrived and is not evaluated any more; the script does not run."""
    run = rehearsal(
        tmp_path,
        PC,
        plan=[
            DEPLOY,
            {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]},
            REMOVE | {"at": "3660 s"},
        ],
        packages=[PACKAGE, SCRIPT],
        assumptions=FIXED | {"first_evaluation_window": "2 h"},
        horizon="2 d",
    )

    assert told(run)[1:] == story("""
        3600 targeted Onboard All
        3600 targeted UPD-9 All move
        3600 policy_received TIM-1 Onboard
        3660 member_removed TIM-4 All
        3660 untargeted Onboard All
        3660 untargeted UPD-9 All move
    """)
    assert verdict(run) == ("not_targeted", "not_targeted", "MON-1")


@pytest.mark.rule("POL-7")
def test_a_policy_that_reaches_a_device_otherwise_stays_when_a_collection_goes(tmp_path):
    """The blocked device is evaluated a week later as ever: the policy is not new."""
    run = rehearsal(
        tmp_path,
        PC | {"network": "blocked"},
        plan=[DEPLOY | {"to": ["All", "One"]}, REMOVE],
        collections=[EVERYBODY, ONE],
        horizon="8 d",
    )

    assert told(run)[9:] == story("""
        172800 member_removed TIM-4 All
        172800 untargeted Onboard All
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarding_failed network_blocked FLT-2 Onboard
    """)


@pytest.mark.rule("TIM-4", "POL-7")
@pytest.mark.parametrize("relation", ["limit_to", "include"])
def test_collections_that_rest_on_a_removed_one_lose_its_members_at_their_slot(tmp_path, relation):
    value = "All" if relation == "limit_to" else ["All"]
    ring = {"name": "Ring", relation: value, "evaluation": "incremental"}
    run = rehearsal(
        tmp_path, PC, plan=[DEPLOY | {"to": ["Ring"]}, REMOVE], collections=[EVERYBODY, ring]
    )

    assert told(run)[9:] == story("""
        172800 member_removed TIM-4 All
        173100 member_removed TIM-4 Ring
        173100 untargeted Onboard Ring
    """)


@pytest.mark.rule("TIM-4")
def test_no_device_joins_a_collection_that_was_removed(tmp_path):
    late = PC | {"joined_at": "2026-03-07 00:00"}
    run = rehearsal(
        tmp_path,
        [PC, late],
        plan=[DEPLOY, REMOVE],
        collections=[EVERYBODY | {"evaluation": "incremental"}],
    )

    assert told(run, "PC-2") == ["432000 joined"]
    assert verdict(run, "PC-2") == ("not_targeted", "not_targeted", "MON-1")


@pytest.mark.rule("TIM-4", "POL-7")
@pytest.mark.parametrize("step", [REMOVE, EXCLUDE], ids=["removed", "excluded"])
def test_a_device_at_work_leaves_at_once_too(tmp_path, step):
    """Something happened to it while its installer ran; it follows when the installer is done."""
    restart = {"name": "restart", "at": "3650 s", "restart": ["All"], "within": "1 s"}
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        plan=[DEPLOY, restart, step | {"at": "3700 s"}],
        collections=[EVERYBODY, ONE],
        client_settings=[MDE_CLIENT[0] | {"collection": "One"}],
        horizon="8 d",
    )

    assert told(run)[5:] == story("""
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3700 member_removed TIM-4 All
        3700 untargeted Onboard All
        3738 agent_installed DWN-2 Onboard
        3738 policy_applied DWN-2 Onboard
        3768 onboarded DWN-2 Onboard a
        3769 reported TIM-3
        4368 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-4")
def test_an_edit_that_changes_no_device_is_done_without_effect(tmp_path):
    """An empty collection excluded, a member's collection included, the same excluded twice."""
    nobody = {"name": "Nobody", "members": "location == 'nowhere'"}
    plan = [
        DEPLOY,
        {"at": "2 d", "exclude": "Nobody", "from": "All"},
        {"at": "2 d", "include": "One", "in": "All"},
        {"at": "3 d", "exclude": "Nobody", "from": "All"},
        {"at": "4 d", "remove_collection": "Nobody"},
    ]
    collections = [EVERYBODY, ONE, nobody]
    run = rehearsal(tmp_path, PC, plan=plan, collections=collections)
    plain = rehearsal(tmp_path, PC, plan=[DEPLOY], collections=collections)

    assert [line.split()[1] for line in told_of_plan(run)] == ["step_done"] * 5
    assert told(run) == told(plain)
    assert run.outcomes == plain.outcomes
