"""A new payload by the procedure, step by step: validation, migration, clean-up, and mistakes."""

import pytest

from tests.kernel.telling import (
    FIXED,
    PACKAGE,
    final,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
)

DAY = 86_400
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
NEW = PACKAGE | {"name": "onboarding-b", "payload": "b"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
COLLECTIONS = [
    {"name": "Existing", "members": "managed", "evaluation": "incremental"},
    {"name": "Validation", "members": ["PC-1"]},
]
AT_ONCE = FIXED | {"script_window": "1 s"}


def moved(collection, hold=""):
    """Both halves of a validation: the script succeeded, and its payload is in use (UPD-10)."""
    inside = f"collection='{collection}'"
    return (
        f"script_succeeded_pct{{package='script-b', {inside}}} >= 100{hold}"
        f" and payload_in_use_pct{{payload='b', {inside}}} >= 100{hold}"
    )


ONBOARD = {"name": "onboard", "at": "1 h", "deploy": "Onboard", "to": ["Existing"]}
APART = {"name": "apart", "at": "2 d", "exclude": "Validation", "from": "Existing"}
TRY = {"name": "try", "at": "2 d 01:00", "run_script": "script-b", "on": ["Validation"]}
RESTART = {"name": "restart", "at": "3 d", "restart": ["Validation"], "within": "1 s"}
UPDATE = {
    "name": "update",
    "when": moved("Validation", " for 24 h"),
    "update": "Onboard",
    "package": "onboarding-b",
}
BOOK = [
    ONBOARD,
    APART,
    TRY,
    RESTART,
    UPDATE,
    {"name": "all", "after": "update + 1 h", "run_script": "script-b", "on": ["Existing"]},
    {"name": "again", "after": "all + 1 d", "restart": ["Existing"], "within": "1 s"},
    {
        "name": "clean",
        "when": moved("Existing"),
        "remove_script": "script-b",
        "from": ["Validation", "Existing"],
    },
    {"name": "gone", "after": "clean + 1 h", "remove_collection": "Validation"},
]


def migration(tmp_path, plan, devices=(PC, PC), **sections):
    sections = {"horizon": "16 d"} | sections
    return rehearsal(
        tmp_path,
        list(devices),
        plan=plan,
        packages=[PACKAGE, NEW, SCRIPT],
        collections=COLLECTIONS,
        assumptions=AT_ONCE,
        **sections,
    )


@pytest.fixture(scope="module")
def by_the_book(tmp_path_factory):
    """A device of the validation collection, one of the existing one, one that comes afterwards."""
    late = PC | {"joined_at": "2026-03-09 00:00"}
    return migration(tmp_path_factory.mktemp("book"), BOOK, [PC, PC, late])


@pytest.mark.rule("UPD-5", "UPD-10")
def test_each_step_of_the_book_comes_when_the_one_before_has_been_validated(by_the_book):
    """The restart's report comes a second after it; the next full hour sees it."""
    assert told_of_plan(by_the_book) == story("""
        3600 step_done Onboard onboard
        172800 step_done apart
        176400 step_done try
        259200 step_done restart
        349200 gate_opened update
        349201 step_done Onboard update
        352801 step_done all
        439201 step_done again
        442800 gate_opened clean
        442801 step_done clean
        446401 step_done gone
    """)


@pytest.mark.rule("UPD-5", "UPD-1", "UPD-6")
def test_a_device_of_the_validation_collection_returns_without_a_change(by_the_book):
    """It leaves the policy with its payload, is moved by the script, and comes back as it is."""
    assert told(by_the_book, "PC-1") == story("""
        0 member_added TIM-4 Existing
        0 member_added TIM-4 Validation
        3600 targeted Onboard Existing
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarded UPL-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
        172800 member_removed TIM-4 Existing
        172800 untargeted Onboard Existing
        176400 targeted UPD-9 Validation try
        176401 script_ran UPD-9 b try
        176401 payload_received UPD-1 b
        176402 reported TIM-3
        259200 restarted UPD-1
        259200 payload_applied UPD-1 b
        259201 reported TIM-3
        442801 untargeted UPD-9 Validation try
        446401 member_removed TIM-4 Validation
        446700 member_added TIM-4 Existing
        446700 targeted Onboard Existing
        446700 policy_received TIM-1 Onboard
        446701 policy_evaluated UPL-1 Onboard
        446701 policy_applied UPL-1 Onboard
        446702 reported TIM-3
    """)
    assert verdict(by_the_book) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPD-5", "UPD-2")
def test_a_device_of_the_existing_collection_is_moved_by_the_script_once_the_policy_is_updated(
    by_the_book,
):
    """Its policy is evaluated after a week, finds its own payload, and changes nothing."""
    assert told(by_the_book, "PC-2") == story("""
        0 member_added TIM-4 Existing
        3600 targeted Onboard Existing
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarded UPL-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
        352801 targeted UPD-9 Existing all
        352802 script_ran UPD-9 b all
        352802 payload_received UPD-1 b
        352803 reported TIM-3
        439201 restarted UPD-1
        439201 payload_applied UPD-1 b
        439202 reported TIM-3
        442801 untargeted UPD-9 Existing all
    """)
    assert verdict(by_the_book, "PC-2") == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPD-6")
def test_a_device_that_joins_afterwards_gets_the_new_payload_from_the_policy_alone(by_the_book):
    assert told(by_the_book, "PC-3") == story("""
        604800 joined awaiting_collection
        605100 member_added TIM-4 Existing
        605100 targeted Onboard Existing
        605100 policy_received TIM-1 Onboard
        605101 policy_evaluated UPL-1 Onboard
        605101 policy_applied UPL-1 Onboard
        605131 onboarded UPL-1 Onboard b
        605132 reported TIM-3
        605731 portal_seen MON-4
    """)
    assert by_the_book.summary["payload_in_use"] == {"b": 3}


@pytest.mark.rule("UPD-10")
def test_neither_the_script_nor_the_payload_alone_validates_a_migration(tmp_path):
    """Without the restart the script has succeeded and no device uses the new payload."""
    plan = [ONBOARD, APART, TRY, UPDATE]
    run = migration(tmp_path, plan)
    labels = {"collection": "Validation"}

    assert value_of(run, "console", "script_succeeded_pct", package="script-b", **labels) == 100
    assert value_of(run, "console", "payload_in_use_pct", payload="b", **labels) == 0
    assert told_of_plan(run)[-1] == "176400 step_done try"

    there = PC | {"onboarded": "true", "organization": "contoso", "payload": "b"}
    run = migration(tmp_path, [UPDATE], [there, PC])

    assert value_of(run, "console", "payload_in_use_pct", payload="b", **labels) == 100
    assert told_of_plan(run) == []


CARELESS = [
    ONBOARD,
    TRY,
    RESTART,
    RESTART | {"name": "again", "at": "9 d"},
    UPDATE | {"when": moved("Validation", " for 7 d")},
]
"""The validation collection is not excluded, and the policy is updated after a week."""


@pytest.mark.rule("UPD-4", "UPD-5", "UPD-1")
def test_without_the_exclusion_the_policy_takes_its_payload_back_and_validation_fails(tmp_path):
    """Evaluated a week after the first time; once, although it is evaluated again a week later."""
    run = migration(tmp_path, CARELESS)

    assert told(run)[9:] == story("""
        176400 targeted UPD-9 Validation try
        176401 script_ran UPD-9 b try
        176401 payload_received UPD-1 b
        176402 reported TIM-3
        259200 restarted UPD-1
        259200 payload_applied UPD-1 b
        259201 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 payload_reverted UPD-4 Onboard a
        608402 reported TIM-3
        777600 restarted UPD-1
        777600 payload_applied UPD-1 a
        777601 reported TIM-3
    """)
    assert "gate_opened" not in str(told_of_plan(run))
    assert verdict(run) == ("onboarded", "", "UPL-1")
    assert final(run)["payload_in_use"] == "a"


@pytest.mark.rule("UPD-4")
def test_where_drift_is_left_alone_the_exclusion_is_not_missed(tmp_path):
    run = migration(tmp_path, CARELESS, rules={"drift_reverted": False})

    assert told(run)[9:] == story("""
        176400 targeted UPD-9 Validation try
        176401 script_ran UPD-9 b try
        176401 payload_received UPD-1 b
        176402 reported TIM-3
        259200 restarted UPD-1
        259200 payload_applied UPD-1 b
        259201 reported TIM-3
    """)
    assert told_of_plan(run)[3:] == story(f"""
        777600 step_done again
        {262_800 + 7 * DAY} gate_opened update
        {262_800 + 7 * DAY + 1} step_done Onboard update
    """)
    assert final(run)["payload_in_use"] == "b"


@pytest.mark.rule("UPD-4", "UPD-2")
def test_a_policy_updated_before_its_evaluation_takes_nothing_back(tmp_path):
    plan = [ONBOARD, TRY, RESTART, {"at": "6 d", "update": "Onboard", "package": "onboarding-b"}]
    run = migration(tmp_path, plan)

    assert told(run)[-1] == "259201 reported TIM-3"
    assert final(run)["payload_in_use"] == "b"


@pytest.mark.rule("UPD-4", "UPD-9")
def test_a_script_that_runs_again_is_taken_back_again(tmp_path):
    """Once for each time that it wrote; the restarts between make each of them count."""
    plan = [
        ONBOARD,
        TRY,
        {"name": "off", "at": "8 d", "remove_script": "script-b", "from": ["Validation"]},
        TRY | {"name": "twice", "at": "9 d"},
        *({"at": f"{day} d", "restart": ["Validation"], "within": "1 s"} for day in (3, 8, 10, 15)),
    ]
    run = migration(tmp_path, plan)

    assert [line for line in told(run) if "payload" in line] == story("""
        176401 payload_received UPD-1 b
        259200 payload_applied UPD-1 b
        608401 payload_reverted UPD-4 Onboard a
        691200 payload_applied UPD-1 a
        777601 payload_received UPD-1 b
        864000 payload_applied UPD-1 b
        1213201 payload_reverted UPD-4 Onboard a
        1296000 payload_applied UPD-1 a
    """)


@pytest.mark.rule("UPD-6", "UPD-4")
def test_a_device_that_returns_before_the_update_is_given_the_old_payload_again(tmp_path):
    """The validation collection is removed although the policy still has the old payload."""
    plan = [ONBOARD, APART, TRY, RESTART, {"at": "4 d", "remove_collection": "Validation"}]
    run = migration(tmp_path, plan, horizon="6 d")

    assert told(run)[18:] == story("""
        345600 member_removed TIM-4 Validation
        345600 untargeted UPD-9 Validation try
        345900 member_added TIM-4 Existing
        345900 targeted Onboard Existing
        345900 policy_received TIM-1 Onboard
        345901 policy_evaluated UPL-1 Onboard
        345901 policy_applied UPL-1 Onboard
        345901 payload_reverted UPD-4 Onboard a
        345902 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "awaiting_restart", "UPD-1")
