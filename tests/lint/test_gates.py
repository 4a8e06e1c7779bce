"""Gates and expectations that can never hold, are unlikely to, or have no data (MON-1)."""

import pytest

from tests.kernel.telling import DEPLOY
from tests.lint.linted import a_server, devices_of, found, ids, one, workstations

HALF = [*workstations(5), *a_server(), *a_server(), *a_server(), *a_server(), *a_server()]
"""Ten devices, of which five cannot onboard for want of workspace values."""
EVERYBODY = {"name": "All", "members": "managed"}
MORE = {"name": "More", "members": "managed"}


def gated(when, **otherwise):
    step = {"name": "more", "when": when, "deploy": "Onboard", "to": ["More"]}
    return [DEPLOY, step | ({"otherwise": otherwise} if otherwise else {})]


def linted(tmp_path, when, devices=HALF, **otherwise):
    collections = [EVERYBODY, MORE]
    return found(tmp_path, devices, collections=collections, plan=gated(when, **otherwise))


def said(tmp_path, when, devices=HALF, **otherwise):
    return {finding.id for finding in linted(tmp_path, when, devices, **otherwise)}


NEVER = {"LNT-201", "LNT-202", "LNT-203", "LNT-204"}


@pytest.mark.parametrize(
    ("never", "may"),
    [
        ("onboarded_pct{collection=All} >= 51", "onboarded_pct{collection=All} >= 50"),
        ("coverage_pct > 50", "coverage_pct > 49"),
        ("onboarded >= 6", "onboarded >= 5"),
        ("95 <= onboarded_pct", "50 <= onboarded_pct"),
        ("device.onboarded_pct{policy=Onboard} >= 51", "device.onboarded_pct >= 50"),
        ("onboarded_pct{os=server-2016} > 0", "onboarded_pct{os=server-2016} >= 0"),
        ("coverage_pct + coverage_pct >= 101", "coverage_pct + coverage_pct >= 100"),
        ("coverage_pct >= 60 and onboarded >= 1", "coverage_pct >= 60 or onboarded >= 1"),
    ],
)
@pytest.mark.rule("MON-1")
def test_a_gate_above_what_its_devices_can_reach_never_opens(tmp_path, never, may):
    assert "LNT-201" in said(tmp_path, never)
    assert said(tmp_path, may).isdisjoint(NEVER)


def test_the_devices_in_the_way_of_a_gate_are_listed(tmp_path):
    findings = linted(tmp_path, "onboarded_pct{collection=All} >= 95")

    assert devices_of(findings, "LNT-201") == [6, 7, 8, 9, 10]
    assert "onboarded_pct{collection='All'} reaches 50.0 at most" in one(findings, "LNT-201").what


@pytest.mark.parametrize(("ending", "id"), [("stop", "LNT-201"), ("skip", "LNT-202"),
                                            ("proceed", "LNT-202")])  # fmt: skip
def test_a_gate_that_is_passed_after_its_time_is_only_a_warning(tmp_path, ending, id):
    assert id in said(tmp_path, "coverage_pct >= 90", after="10 d", do=ending)


def test_failures_that_stay_keep_a_gate_shut_that_asks_for_few_of_them_for_long(tmp_path):
    calm = "failed_pct{collection=All} < 20 for 24 h"

    assert "LNT-201" in said(tmp_path, calm)
    assert said(tmp_path, "failed_pct{collection=All} < 20").isdisjoint(NEVER)
    assert said(tmp_path, "failed_pct{collection=All} < 20 for 2 h") & NEVER == {"LNT-203"}
    assert said(tmp_path, calm, workstations(10)).isdisjoint(NEVER)


def test_two_conditions_that_hold_at_different_times_never_hold_together(tmp_path):
    early = "failed_pct{collection=All} < 20"
    late = "onboarded_pct{collection=All} >= 40 for 24 h"

    assert "LNT-201" in said(tmp_path, f"{early} and {late}")
    assert said(tmp_path, f"{early} or {late}").isdisjoint(NEVER)


def test_a_repair_before_the_gates_time_is_over_lets_it_open(tmp_path):
    repair = {"at": "9 d", "set_workspace": "Onboard", "id": "present", "key": "present"}
    when = "coverage_pct >= 95"
    collections = [EVERYBODY, MORE]
    late = [*gated(when, after="8 d", do="stop"), repair]
    early = [*gated(when, after="20 d", do="stop"), repair]

    assert "LNT-201" in ids(tmp_path, HALF, collections=collections, plan=late)
    assert ids(tmp_path, HALF, collections=collections, plan=early).isdisjoint(NEVER)


@pytest.mark.parametrize(
    "when",
    [
        "onboarded_pct{collection=Nobody} >= 50",
        "onboarded_pct{collection=More} >= 50",
        "script_succeeded_pct >= 90",
        "coverage_pct{os=server-2019} >= 50",
    ],
)
def test_a_gate_about_nobody_has_no_data(tmp_path, when):
    nobody = {"name": "Nobody", "members": "os == 'server-2022'"}
    few = MORE | {"members": ["PC-001"]}
    aimed = DEPLOY | {"to": ["Rest"]}
    rest = {"name": "Rest", "members": "managed", "exclude": ["More"]}
    plan = [aimed, *gated(when)[1:]]
    collections = [EVERYBODY, few, rest, nobody]

    assert "LNT-204" in ids(tmp_path, HALF, collections=collections, plan=plan)


def test_a_gate_on_the_collection_that_its_own_step_deploys_to_has_no_data(tmp_path):
    plan = gated("onboarded_pct{collection=More} >= 50")
    plan[0] = DEPLOY | {"to": ["All"]}
    collections = [EVERYBODY | {"exclude": ["More"]}, MORE | {"members": ["PC-001"]}]

    assert "LNT-204" in ids(tmp_path, HALF, collections=collections, plan=plan)
    assert said(tmp_path, "onboarded_pct{collection=All} >= 50").isdisjoint(NEVER)


def test_steps_behind_a_shut_gate_never_come(tmp_path):
    follower = {"name": "after", "after": "more + 1 d", "pause": "Onboard"}
    later = {"name": "later", "at": "12 d", "pause": "Onboard"}
    collections = [EVERYBODY, MORE]
    plan = [*gated("coverage_pct >= 90", after="10 d", do="stop"), follower, later]
    findings = found(tmp_path, HALF, collections=collections, plan=plan)

    told = [finding.what for finding in findings if finding.id == "LNT-904"]
    assert len(told) == 2
    assert 'it follows the step "more", which never comes' in told[0]
    assert 'before that, the plan stops at the gate of "more"' in told[1]
    open_plan = [*gated("coverage_pct >= 40", after="10 d", do="stop"), follower, later]
    assert "LNT-904" not in ids(tmp_path, HALF, collections=collections, plan=open_plan)


BROKEN = [*workstations(184, client="active"), *workstations(16, client="broken")]
"""Two hundred devices, eight percent of which do not hear of any policy."""


def test_a_gate_of_95_percent_is_unlikely_where_8_percent_of_the_clients_do_not_work(tmp_path):
    def drawn(when):
        shares = {"network_blocked_share": "0 %", "sense_missing_share": "0 %"}
        return ids(
            tmp_path,
            [device | {"managed_by": "configmgr"} for device in BROKEN],
            collections=[EVERYBODY, MORE],
            plan=gated(when, after="9 d", do="stop"),
            faults="drawn",
            assumptions=shares,
        )

    assert "LNT-203" in drawn("onboarded_pct{collection=All} >= 99")
    assert "LNT-203" in drawn("onboarded_pct{policy=Onboard} >= 99")
    assert drawn("onboarded_pct{collection=All} >= 90").isdisjoint(NEVER)
    assert "LNT-204" in drawn("onboarded_pct{collection!=All} >= 99")


def expected(tmp_path, expectation, devices=HALF, **sections):
    return ids(tmp_path, devices, expect=[expectation], **sections)


MISSED = {"LNT-205", "LNT-206", "LNT-207"}


@pytest.mark.parametrize(
    ("never", "may"),
    [
        ("coverage_pct at 10 d >= 95", "coverage_pct at 10 d >= 50"),
        ("coverage_pct at 30 min > 0", "coverage_pct at 2 d > 0"),
        ("time to (coverage_pct >= 60) <= 14 d", "time to (coverage_pct >= 40) <= 14 d"),
        ("time to (coverage_pct >= 40) <= 10 min", "time to (coverage_pct >= 40) <= 10 h"),
        ("failed{cause=workspace_missing} at end == 0",
         "failed{cause=workspace_missing} at end >= 5"),
        ("failed_pct at 3 d < 40", "failed_pct at 3 d <= 50"),
        ("min of coverage_pct from 10 min to end > 0",
         "max of coverage_pct from 10 min to end > 0"),
        ("max of failed{cause=workspace_missing} from 1 d to 9 d < 5",
         "min of failed{cause=workspace_missing} from 0 s to 9 d < 5"),
        ("coverage_pct at end + coverage_pct at 9 d >= 101",
         "coverage_pct at end + coverage_pct at 9 d >= 100"),
        ("coverage_pct at end - failed_pct at end > 0",
         "coverage_pct at end - failed_pct at end >= 0"),
        ("max of coverage_pct from 1 d to 9 d >= 60", "max of coverage_pct from 1 d to 9 d >= 50"),
        ("min of onboarded_pct from 1 d to end > 50", "min of onboarded_pct from 1 d to end >= 50"),
        ("probability (coverage_pct at end >= 60) >= 0.5",
         "probability (coverage_pct at end >= 50) >= 0.5"),
        ("p10 of (coverage_pct at end) >= 60", "p10 of (coverage_pct at end) >= 40"),
    ],
)  # fmt: skip
def test_an_expectation_beyond_what_is_possible_can_never_hold(tmp_path, never, may):
    assert "LNT-205" in expected(tmp_path, never)
    assert expected(tmp_path, may).isdisjoint(MISSED)


def test_the_devices_in_the_way_of_an_expectation_are_listed(tmp_path):
    findings = found(tmp_path, HALF, expect=["coverage_pct at 10 d >= 95"])

    assert devices_of(findings, "LNT-205") == [6, 7, 8, 9, 10]
    assert one(findings, "LNT-205").what == (
        "coverage_pct at 10 d >= 95 cannot be met in any run: coverage_pct reaches 50.0 at most"
    )


def test_an_expectation_about_nobody_has_no_data(tmp_path):
    assert "LNT-207" in expected(tmp_path, "onboarded_pct{os=server-2022} at end >= 50")
    assert "LNT-207" in expected(tmp_path, "onboarded_pct at 10 min >= 50")
    assert expected(tmp_path, "onboarded_pct at 2 h >= 0").isdisjoint(MISSED)


def test_an_expectation_may_be_unlikely(tmp_path):
    shares = {"network_blocked_share": "0 %", "sense_missing_share": "0 %"}
    sections = {"faults": "drawn", "assumptions": shares}

    assert "LNT-206" in expected(tmp_path, "coverage_pct at 3 d >= 99", BROKEN, **sections)
    assert expected(tmp_path, "coverage_pct at 3 d >= 90", BROKEN, **sections).isdisjoint(MISSED)
    repair = {"at": "1 d", "patch": {"client": "active"}, "on": ["All"], "within": "1 h"}
    sections |= {"plan": [DEPLOY, repair]}
    assert expected(tmp_path, "coverage_pct at 3 d >= 99", BROKEN, **sections).isdisjoint(MISSED)


def test_statistics_over_one_replication_are_told_of(tmp_path):
    expectation = "probability (coverage_pct at end >= 50) >= 0.9"

    assert "LNT-209" in expected(tmp_path, expectation)
    assert "LNT-209" not in expected(tmp_path, expectation, replications=20)
    assert "LNT-209" not in expected(tmp_path, "coverage_pct at end >= 50")


def test_a_percentage_written_like_a_probability_is_told_of(tmp_path):
    assert "LNT-208" in expected(tmp_path, "coverage_pct at end >= 0.95")
    assert "LNT-208" in expected(tmp_path, "time to (0.5 <= coverage_pct) <= 9 d")
    assert "LNT-208" in said(tmp_path, "coverage_pct >= 0.4")
    assert "LNT-208" not in expected(tmp_path, "coverage_pct at end >= 45")
    assert "LNT-208" not in expected(tmp_path, "coverage_pct at end >= 1")
    assert "LNT-208" not in expected(tmp_path, "coverage_pct at end >= 0.5 %")
    assert "LNT-208" not in expected(tmp_path, "failed_pct at end < 0.5")
    assert "LNT-208" in expected(tmp_path, "coverage_pct at end >= 850")
    assert "LNT-208" in expected(tmp_path, "101 >= coverage_pct at end")
    assert "LNT-208" not in expected(tmp_path, "coverage_pct at end <= 100")
    assert "LNT-208" not in expected(tmp_path, "coverage_pct at end + failed_pct at end <= 150")
    assert "LNT-208" not in expected(tmp_path, "probability (coverage_pct at end >= 45) >= 0.9")


def test_what_is_about_nothing_is_told_of(tmp_path):
    assert "LNT-210" in expected(tmp_path, "1 < 2")
    assert "LNT-210" in expected(tmp_path, "failed at end < 3 and 3 d < 5 d")
    assert "LNT-210" in said(tmp_path, "failed{level=none,level=up_level} < 3")
    assert "LNT-210" in expected(
        tmp_path, "probability (failed{os='windows-7',os='server-2016'} at end == 0) >= 0.5"
    )
    assert "LNT-210" not in expected(tmp_path, "failed{os!='windows-7',os!=server-2016} at end < 3")
    assert "LNT-210" not in expected(tmp_path, "failed{collection=All,collection=All} at end < 3")
    assert "LNT-210" not in expected(tmp_path, "1 d < time to (coverage_pct >= 50)")
