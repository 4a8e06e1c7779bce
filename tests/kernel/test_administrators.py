"""What administrators may do: steps refused without the role or right change nothing."""

import pytest

from tests.kernel.telling import (
    EVERYBODY,
    FAREWELL,
    FIXED,
    OFFBOARD,
    PACKAGE,
    POLICY,
    rehearsal,
    told,
    told_of_plan,
)

FULL = {"name": "full", "roles": ["Full Administrator"]}
PROTECTOR = {"name": "protector", "roles": ["Endpoint Protection Manager"]}
READER = {"name": "reader", "roles": ["Read-only Analyst"]}
COLLECTIONS = [
    EVERYBODY,
    {"name": "One", "members": ["PC-1"]},
    {"name": "Rest", "members": ["PC-2"]},
]
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
NEW = PACKAGE | {"name": "onboarding-b", "payload": "b"}
DEVICES = [
    {"os": "windows-11-24h2"},
    {"os": "server-2016", "antivirus": "disabled", "client_version": "2203"},
]
BEFORE = [
    {"name": "onboard", "at": "1 h", "deploy": "Onboard", "to": ["All"]},
    {"name": "try", "at": "1 h", "run_script": "script-b", "on": ["One"]},
]
POLICY_STEPS = [
    {"deploy": "Offboard", "to": ["Rest"]},
    {"undeploy": "Onboard", "from": ["All"]},
    {"update": "Onboard", "package": "onboarding-b"},
    {"set_workspace": "Onboard", "id": "present", "key": "present"},
    {"set_sample_sharing": "Onboard", "to": "none"},
    {"pause": "Onboard"},
    {"resume": "Onboard"},
]
RIGHT_STEPS = [
    ("client_settings", {"set_client_setting": "New", "downlevel_client": "mde_client"}),
    ("collections", {"exclude": "One", "from": "All"}),
    ("collections", {"include": "Rest", "in": "One"}),
    ("collections", {"remove_collection": "All"}),
    ("scripts", {"run_script": "script-b", "on": ["Rest"]}),
    ("scripts", {"remove_script": "script-b", "from": ["One"]}),
]
OTHER_STEPS = [
    {"patch": {"antivirus": "enabled"}, "on": ["All"], "within": "1 s"},
    {"restart": ["All"], "within": "1 s"},
    {"set_site_version": "2203"},
    {"set_client_version": "2403", "on": ["All"]},
]
RIGHTS = ["client_settings", "collections", "scripts"]


def verb(step):
    return next(iter(step)) if isinstance(step, dict) else ""


def stepped(tmp_path, administrators, *steps):
    """Run the first steps and the steps after them, over two evaluations."""
    return rehearsal(
        tmp_path,
        DEVICES,
        plan=[*BEFORE, *steps],
        collections=COLLECTIONS,
        client_settings=[
            {"name": "New", "collection": "All", "priority": 1, "downlevel_client": "mma"}
        ],
        packages=[PACKAGE, NEW, SCRIPT, FAREWELL],
        policies=[POLICY, OFFBOARD],
        site={"administrators": administrators},
        assumptions=FIXED | {"script_window": "1 s"},
        horizon="9 d",
    )


def refused(tmp_path, administrators, step):
    """Return the row of a step that changes nothing: as without it, device by device."""
    step = {"name": "step", "at": "2 h"} | step
    run = stepped(tmp_path, administrators, step)
    without = stepped(tmp_path, administrators)
    assert told(run, "PC-1") == told(without, "PC-1")
    assert told(run, "PC-2") == told(without, "PC-2")
    assert run.outcomes == without.outcomes
    return " ".join(word for word in told_of_plan(run)[-1].split() if word not in POLICIES)


POLICIES = ("Onboard", "Offboard")


@pytest.mark.rule("PRE-3")
@pytest.mark.parametrize("step", POLICY_STEPS, ids=verb)
@pytest.mark.parametrize("who", [READER, {"name": "settler", "rights": RIGHTS}], ids=str)
def test_without_endpoint_protection_manager_no_policy_is_touched(tmp_path, step, who):
    row = refused(tmp_path, [FULL, who], step | {"by": who["name"]})

    assert row == "7200 step_refused role_missing PRE-3 step"


@pytest.mark.rule("PRE-3")
@pytest.mark.parametrize("step", POLICY_STEPS, ids=verb)
@pytest.mark.parametrize("who", [PROTECTOR, FULL], ids=lambda who: who["name"])
def test_endpoint_protection_manager_and_full_administrator_may_touch_policies(tmp_path, step, who):
    first = FULL if who is PROTECTOR else PROTECTOR | {"rights": RIGHTS}
    run = stepped(tmp_path, [first, who], step | {"name": "step", "at": "2 h", "by": who["name"]})

    assert told_of_plan(run)[-1].split()[1] == "step_done"


@pytest.mark.rule("PRE-4")
@pytest.mark.parametrize(("right", "step"), RIGHT_STEPS, ids=verb)
@pytest.mark.parametrize("granted", [False, True])
def test_settings_collections_and_scripts_need_their_own_right(tmp_path, right, step, granted):
    rights = [right] if granted else [other for other in RIGHTS if other != right]
    who = PROTECTOR | {"rights": rights}
    step = step | {"by": "protector"}
    if granted:
        run = stepped(tmp_path, [FULL, who], step | {"name": "step", "at": "2 h"})
        assert told_of_plan(run)[-1] == "7200 step_done step"
    else:
        row = refused(tmp_path, [FULL, who], step)
        assert row == "7200 step_refused role_missing PRE-4 step"


@pytest.mark.rule("PRE-4")
@pytest.mark.parametrize("step", OTHER_STEPS, ids=verb)
def test_patches_restarts_and_versions_need_full_administrator(tmp_path, step):
    who = PROTECTOR | {"rights": RIGHTS}

    row = refused(tmp_path, [FULL, who], step | {"by": "protector"})
    assert row == "7200 step_refused role_missing PRE-4 step"

    run = stepped(tmp_path, [FULL, who], step | {"name": "step", "at": "2 h"})
    assert told_of_plan(run)[-1] == "7200 step_done step"


@pytest.mark.rule("PRE-3", "PRE-4")
def test_the_first_administrator_acts_unless_another_is_named(tmp_path):
    """The same two steps: by the default administrator, then by one who may."""
    deploy = {"deploy": "Offboard", "to": ["Rest"]}
    exclude = {"exclude": "One", "from": "All"}
    run = rehearsal(
        tmp_path,
        DEVICES,
        plan=[
            {"name": "a", "at": "1 h"} | deploy,
            {"name": "b", "at": "1 h"} | exclude,
            {"name": "c", "at": "2 h", "by": "protector"} | deploy,
            {"name": "d", "at": "2 h", "by": "protector"} | exclude,
            {"name": "e", "at": "3 h", "by": "full"} | exclude,
        ],
        collections=COLLECTIONS,
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, OFFBOARD],
        site={"administrators": [READER, PROTECTOR, FULL]},
        horizon="1 d",
    )

    assert told_of_plan(run) == [
        "3600 step_refused role_missing PRE-3 Offboard a",
        "3600 step_refused role_missing PRE-4 b",
        "7200 step_done Offboard c",
        "7200 step_refused role_missing PRE-4 d",
        "10800 step_done e",
    ]


@pytest.mark.rule("PRE-3", "UPL-3", "DWN-3")
def test_of_several_reasons_the_missing_right_is_reported(tmp_path):
    """Neither the package nor the site fits."""
    plan = [
        {"name": "a", "at": "1 h", "deploy": "Onboard", "to": ["All"]},
        {"name": "b", "at": "1 h", "set_client_setting": "New", "downlevel_client": "mde_client"},
    ]
    run = rehearsal(
        tmp_path,
        DEVICES,
        plan=plan,
        packages=[PACKAGE | {"method": "group_policy"}],
        client_settings=[
            {"name": "New", "collection": "All", "priority": 1, "downlevel_client": "mma"}
        ],
        site={"administrators": [READER], "version": "2203"},
        horizon="1 d",
    )

    assert told_of_plan(run) == [
        "3600 step_refused role_missing PRE-3 Onboard a",
        "3600 step_refused role_missing PRE-4 b",
    ]


@pytest.mark.rule("PRE-3")
def test_a_gate_that_opens_for_somebody_without_the_role_is_refused_once(tmp_path):
    plan = [
        BEFORE[0],
        {"name": "step", "when": "onboarded >= 1", "update": "Onboard", "package": "onboarding-b",
         "by": "reader"},
        {"name": "next", "after": "step + 1 h", "pause": "Onboard"},
    ]  # fmt: skip
    run = rehearsal(
        tmp_path,
        DEVICES,
        plan=plan,
        packages=[PACKAGE, NEW],
        site={"administrators": [FULL, READER]},
        horizon="2 d",
    )

    assert told_of_plan(run)[1:] == [
        "7200 gate_opened step",
        "7201 step_refused role_missing PRE-3 Onboard step",
        "10801 step_done Onboard next",
    ]
