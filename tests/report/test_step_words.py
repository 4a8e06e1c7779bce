"""Plan steps in words."""

import pytest

from sim.report.page import step_words
from sim.scenario.steps import Deploy, Patch, Pause, SetClientSetting, SetWorkspace, Undeploy
from sim.scenario.values import FromEnvironment


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Deploy(deploy="Onboard", to=("Pilot", "Broad")), "deploy Onboard to Pilot, Broad"),
        (
            Undeploy.model_validate({"undeploy": "Onboard", "from": ("Pilot",)}),
            "undeploy Onboard from Pilot",
        ),
        (
            SetWorkspace(set_workspace="Onboard", id="present", key="absent"),
            "set workspace Onboard, id present, key absent",
        ),
        (
            SetWorkspace(set_workspace="Onboard", key=FromEnvironment(env="KEY")),
            "set workspace Onboard, key from $KEY",
        ),
        (
            SetClientSetting(set_client_setting="New", downlevel_client="mde_client"),
            "set client setting New, downlevel client mde_client",
        ),
        (Pause(pause="Onboard"), "pause Onboard"),
        (
            Patch(patch={"dotnet": True, "antivirus": "enabled"}, on=("A",), within="2 h"),
            "patch dotnet = true, antivirus = enabled on A within 2 h",
        ),
    ],
)
def test_a_step_reads_as_what_it_does(step, words):
    assert step_words(step) == words
