"""ConfigMgr clients that do not work, and recover (FLT-1); records of computers that are gone."""

import pytest

from sim.fleet.streams import Streams, device_key, exponential_of
from tests.kernel.telling import (
    CALM,
    DEPLOY,
    FIXED,
    HOURS,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
    when,
)

HOUR, DAY = 3600, 86_400
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
COMES_BACK = {
    "inactive": ("client_return", "active_again"),
    "broken": ("client_repair", "remediated"),
}
MEANS = {"client_return_mean": "2 d", "client_repair_mean": "3 d"}
DRAWN = {"faults": "drawn", "assumptions": FIXED | HOURS | CALM | MEANS}
MEAN = {"inactive": 2 * DAY, "broken": 3 * DAY}


def comes_back(state, name="PC-1"):
    """Return when a client of a device that is always on works again."""
    bits = Streams(7, 1).bits(COMES_BACK[state][0], device_key(name))
    return 1 + exponential_of(bits, MEAN[state])


@pytest.mark.rule("FLT-1")
@pytest.mark.parametrize("state", ["inactive", "broken"])
def test_a_client_that_comes_back_polls_at_once_and_onboards(tmp_path, state):
    run = rehearsal(tmp_path, PC | {"client": state}, **DRAWN)

    back, event = comes_back(state), COMES_BACK[state][1]
    assert back > 3600
    assert told(run) == story(f"""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        {back} {event} client_{state} FLT-1
        {back} policy_received TIM-1 Onboard
        {back + 1} policy_evaluated UPL-1 Onboard
        {back + 1} policy_applied UPL-1 Onboard
        {back + 31} onboarded UPL-1 Onboard a
        {back + 32} reported TIM-3
        {back + 631} portal_seen MON-4
    """)
    cause = f"client_{state}"
    waits = [value_of(run, "device", "waiting", at, cause=cause) for at in (back, back + 1)]
    assert waits == [1, 0]


@pytest.mark.rule("FLT-1")
def test_a_client_that_comes_back_before_the_policy_receives_it_as_others_do(tmp_path):
    late = [DEPLOY | {"at": "29 d"}]
    run = rehearsal(tmp_path, PC | {"client": "broken"}, plan=late, **DRAWN)

    assert when(run, "remediated") < 29 * DAY
    assert when(run, "policy_received") == 29 * DAY


@pytest.mark.rule("FLT-1")
def test_a_client_comes_back_while_its_computer_is_on(tmp_path):
    """Repaired in the night or at the weekend: the repair takes effect at power-on."""
    name = next(
        name
        for name in (f"N-{n}" for n in range(100))
        if DAY + 17 * HOUR < comes_back("broken", name) < 2 * DAY + 8 * HOUR
    )
    device = PC | {"client": "broken", "presence": "office", "name": name}
    run = rehearsal(tmp_path, device, **DRAWN)

    assert told(run, name)[2:4] == story("""
        201600 remediated client_broken FLT-1
        201600 policy_received TIM-1 Onboard
    """)


@pytest.mark.rule("FLT-1")
def test_a_client_that_joins_broken_is_repaired_some_time_after_it_joined(tmp_path):
    device = PC | {"client": "broken", "joined_at": "2026-03-04 00:00"}
    run = rehearsal(tmp_path, device, **DRAWN)

    assert when(run, "remediated") == 2 * DAY + comes_back("broken")


@pytest.mark.rule("FLT-1")
@pytest.mark.parametrize("state", ["inactive", "broken"])
def test_without_faults_a_client_does_not_come_back_by_itself(tmp_path, state):
    run = rehearsal(tmp_path, PC | {"client": state}, assumptions=FIXED | MEANS)

    assert told(run) == ["0 member_added TIM-4 All", "3600 targeted Onboard All"]
    assert verdict(run) == ("waiting", f"client_{state}", "FLT-1")


@pytest.mark.rule("FLT-1", "DWN-9")
@pytest.mark.parametrize("state", ["inactive", "broken"])
def test_a_patch_puts_a_client_right(tmp_path, state):
    plan = [DEPLOY, {"name": "fix", "at": "2 d", "patch": {"client": "active"}, "on": ["All"],
                     "within": "1 s"}]  # fmt: skip
    run = rehearsal(tmp_path, PC | {"client": state}, plan=plan)

    assert told(run)[1:5] == story("""
        3600 targeted Onboard All
        172800 remediated DWN-9 fix
        172800 policy_received TIM-1 Onboard
        172801 policy_evaluated UPL-1 Onboard
    """)
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("FLT-1", "DWN-9")
def test_what_a_patch_fixed_does_not_come_back_a_second_time(tmp_path):
    plan = [DEPLOY, {"name": "fix", "at": "2 h", "patch": {"client": "active"}, "on": ["All"],
                     "within": "1 s"}]  # fmt: skip
    run = rehearsal(tmp_path, PC | {"client": "broken"}, plan=plan, **DRAWN)

    lines = [line for line in told(run) if "remediated" in line or "received" in line]
    assert lines == story("""
        7200 remediated DWN-9 fix
        7200 policy_received TIM-1 Onboard
    """)


@pytest.mark.rule("FLT-1", "DWN-9")
def test_a_patch_may_break_a_client_and_what_it_knew_stays(tmp_path):
    """The policy that arrived before continues; a second one does not arrive."""
    plan = [
        DEPLOY,
        {"name": "break", "at": "2 h", "patch": {"client": "broken"}, "on": ["All"],
         "within": "1 s"},
        {"at": "3 h", "undeploy": "Onboard", "from": ["All"]},
    ]  # fmt: skip
    run = rehearsal(tmp_path, PC | {"network": "blocked"}, plan=plan, horizon="8 d")

    assert [line for line in told(run) if "evaluated" in line] == story("""
        3601 policy_evaluated UPL-1 Onboard
        608401 policy_evaluated UPL-1 Onboard
    """)


@pytest.mark.rule("FLT-7", "FLT-1")
def test_a_stale_duplicate_never_comes_back(tmp_path):
    """An inactive record of a computer that is never switched on: nothing ever reaches it."""
    run = rehearsal(tmp_path, PC | {"client": "inactive", "presence": "off"}, **DRAWN)

    assert told(run) == ["0 member_added TIM-4 All", "3600 targeted Onboard All"]
    assert verdict(run) == ("waiting", "client_inactive", "FLT-1")
    assert (run.summary["eligible"], run.summary["targeted"]) == (1, 1)


@pytest.mark.rule("FLT-7")
def test_stale_duplicates_are_drawn_among_the_inactive(tmp_path):
    """All inactive ones are duplicates if their share is as large; none if it is 0."""
    shares = CALM | {"client_inactive_share": "100 %"}
    device = {"os": "windows-11-24h2", "presence": ""}
    runs = [
        rehearsal(
            tmp_path,
            [device] * 20,
            faults="drawn",
            assumptions=FIXED | HOURS | shares | MEANS | {"duplicate_share": share},
        )
        for share in ("100 %", "0 %")
    ]

    assert [run.summary["onboarded"] for run in runs] == [0, 20]
    assert runs[0].summary["causes"] == {"client_inactive": 20}
