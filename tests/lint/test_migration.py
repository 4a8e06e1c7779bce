"""A new payload: missing steps, wrong order, drift, half validations (UPD-4, UPD-5, UPD-10)."""

import pytest

from tests.kernel.telling import DEPLOY, PACKAGE
from tests.lint.linted import SCRIPT, devices_of, found, one, workstations

PACKAGES = [PACKAGE, PACKAGE | {"name": "onboarding-b", "payload": "b"}, SCRIPT]
ONBOARDED = {"onboarded": "true", "organization": "contoso", "payload": "a"}
VALIDATED = "script_succeeded_pct{package=script-b} >= 90 and payload_in_use_pct{payload=b} >= 90"

WHOLE = (
    DEPLOY,
    {"name": "exclude", "at": "1 d", "exclude": "Trial", "from": "All"},
    {"name": "try", "at": "1 d 06:00", "run_script": "script-b", "on": ["Trial"]},
    {"name": "update", "when": VALIDATED, "update": "Onboard", "package": "onboarding-b"},
    {"name": "roll out", "after": "update + 1 d", "run_script": "script-b", "on": ["All"]},
    {"name": "clean up", "after": "roll out + 9 d", "remove_script": "script-b",
     "from": ["All", "Trial"]},
    {"name": "let go", "after": "clean up", "include": "Trial", "in": "All"},
)  # fmt: skip
"""Every step of the page, in its order."""


def migrated(tmp_path, plan=WHOLE, expect=("payload_in_use_pct{payload=b} at end >= 90",), **more):
    collections = [
        {"name": "All", "members": "managed"},
        {"name": "Trial", "members": ["PC-001", "PC-002"]},
    ]
    sections = {"collections": collections, "packages": PACKAGES} | more
    return found(
        tmp_path,
        workstations(6, **ONBOARDED),
        plan=list(plan),
        expect=list(expect),
        horizon="60 d",
        **sections,
    )


def without(name):
    return [step for step in WHOLE if step.get("name") != name]


def missing(findings):
    return [f.what.split("has no step for: ")[1] for f in findings if f.id == "LNT-501"]


MIGRATION = {"LNT-501", "LNT-502", "LNT-503", "LNT-504"}


@pytest.mark.rule("UPD-5")
def test_a_whole_migration_in_order_has_no_findings(tmp_path):
    assert {finding.id for finding in migrated(tmp_path)} & MIGRATION == set()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("try", "the script on a validation collection"),
        ("update", "the update of the onboarding policy"),
        ("roll out", "the script on the existing collection"),
        ("clean up", "the removal of the script"),
        ("let go", "the removal of the validation collection"),
    ],
)
@pytest.mark.rule("UPD-5")
def test_each_missing_step_is_named(tmp_path, name, told):
    plan = [
        {key: value for key, value in step.items() if key != "after"} | {"at": "40 d"}
        if step.get("after", "").startswith(name)
        else step
        for step in without(name)
    ]

    assert told in missing(migrated(tmp_path, plan))


@pytest.mark.rule("UPD-5")
def test_missing_validations_are_named(tmp_path):
    plan = list(WHOLE)
    plan[3] = {"name": "update", "at": "9 d", "update": "Onboard", "package": "onboarding-b"}

    told = missing(migrated(tmp_path, plan, expect=()))
    assert "a gate that validates the payload before the policy is updated" in told
    assert "the validation of the payload at the end" in told


@pytest.mark.parametrize(
    ("place", "step", "told"),
    [
        (3, {"name": "update", "at": "2 h", "update": "Onboard", "package": "onboarding-b"},
         "before the payload is validated"),
        (4, {"name": "roll out", "at": "0 s", "run_script": "script-b", "on": ["All"]},
         "on the existing collection before the policy is updated"),
        (5, {"name": "clean up", "at": "2 d", "remove_script": "script-b",
             "from": ["All", "Trial"]}, "before it has run on the existing collection"),
    ],
)  # fmt: skip
@pytest.mark.rule("UPD-5")
def test_steps_out_of_order_are_named(tmp_path, place, step, told):
    plan = list(WHOLE)
    plan[place] = step

    assert told in one(migrated(tmp_path, plan), "LNT-502").what


@pytest.mark.rule("UPD-4")
def test_a_validation_collection_that_is_not_excluded_gets_its_old_payload_back(tmp_path):
    findings = migrated(tmp_path, without("exclude"))

    assert devices_of(findings, "LNT-503") == [1, 2]
    kept = migrated(tmp_path, without("exclude"), rules={"drift_reverted": False})
    assert "LNT-503" not in {finding.id for finding in kept}


def test_an_exclusion_in_the_collection_itself_counts_too(tmp_path):
    collections = [
        {"name": "All", "members": "managed", "exclude": ["Trial"]},
        {"name": "Trial", "members": ["PC-001"]},
    ]
    findings = migrated(tmp_path, without("exclude"), collections=collections)

    assert "LNT-503" not in {finding.id for finding in findings}


@pytest.mark.parametrize("half", VALIDATED.split(" and "))
@pytest.mark.rule("UPD-10")
def test_a_validation_that_asks_only_one_of_script_and_payload_is_told_of(tmp_path, half):
    plan = list(WHOLE)
    plan[3] = plan[3] | {"when": half}

    assert one(migrated(tmp_path, plan), "LNT-504").severity == "warning"


def test_plans_without_a_migration_hear_nothing_of_it(tmp_path):
    findings = migrated(tmp_path, [DEPLOY], expect=())

    assert {finding.id for finding in findings} & MIGRATION == set()
