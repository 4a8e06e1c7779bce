"""The choice of sample sharing, changed during a run: which device has which, and from when."""

import pytest

from tests.kernel.telling import DEPLOY, final, story, told, value_of, verdict
from tests.kernel.test_updates import PC, updated


def share(choice, at, name):
    return {"name": name, "at": at, "set_sample_sharing": "Onboard", "to": choice}


@pytest.mark.rule("POL-2", "TIM-2")
def test_a_changed_choice_of_sample_sharing_is_taken_at_the_next_evaluation(tmp_path):
    run = updated(tmp_path, PC, DEPLOY, share("none", "2 d", "keep"))

    assert told(run)[8:] == story("""
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard keep
        608402 reported TIM-3
    """)
    before, at = 608_401, 608_402
    assert value_of(run, "device", "sample_sharing", before, choice="all_file_types") == 1
    assert value_of(run, "device", "sample_sharing", at, choice="none") == 1
    assert value_of(run, "console", "sample_sharing", at, choice="none") == 0
    assert value_of(run, "console", "sample_sharing", at + 1, choice="none") == 1
    assert final(run)["sample_sharing"] == "none"
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("POL-2")
def test_a_device_that_onboards_later_carries_the_changed_choice(tmp_path):
    run = updated(tmp_path, PC, share("none", "1 h", "keep"), DEPLOY | {"at": "2 h"})

    assert told(run)[4] == "7201 policy_applied UPL-1 Onboard keep"
    assert final(run)["sample_sharing"] == "none"


@pytest.mark.rule("POL-2")
@pytest.mark.parametrize(
    "steps",
    [
        [share("all_file_types", "2 d", "same")],
        [share("none", "2 d", "there"), share("all_file_types", "3 d", "back")],
    ],
    ids=["the same", "there and back"],
)
def test_a_choice_that_is_the_same_at_the_evaluation_is_no_event(tmp_path, steps):
    run = updated(tmp_path, PC, DEPLOY, *steps)

    assert told(run)[-1] == "4231 portal_seen MON-4"
    assert final(run)["sample_sharing"] == "all_file_types"


@pytest.mark.rule("POL-2", "POL-7")
def test_a_withdrawn_policy_leaves_the_choice_as_it_was(tmp_path):
    away = {"at": "2 d", "undeploy": "Onboard", "from": ["All"]}
    run = updated(tmp_path, PC, DEPLOY, away, share("none", "3 d", "keep"))

    assert told(run)[-1] == "172800 untargeted Onboard All"
    assert final(run)["sample_sharing"] == "all_file_types"
