"""Plan steps in words."""

import pytest

from sim.output.step_words import step_words
from sim.scenario import model


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (model.Deploy(deploy="Onboard", to=("Pilot", "Broad")), "deploy Onboard to Pilot, Broad"),
        (
            model.Undeploy.model_validate({"undeploy": "Onboard", "from": ("Pilot",)}),
            "undeploy Onboard from Pilot",
        ),
        (
            model.SetWorkspace(set_workspace="Onboard", id="present", key="absent"),
            "set workspace Onboard, id present, key absent",
        ),
        (
            model.SetWorkspace(set_workspace="Onboard", key=model.FromEnvironment(env="KEY")),
            "set workspace Onboard, key from $KEY",
        ),
        (
            model.SetClientSetting(set_client_setting="New", downlevel_client="mde_client"),
            "set client setting New, downlevel client mde_client",
        ),
        (model.Pause(pause="Onboard"), "pause Onboard"),
        (
            model.Patch(patch={"dotnet": True, "antivirus": "enabled"}, on=("A",), within="2 h"),
            "patch dotnet = true, antivirus = enabled on A within 2 h",
        ),
    ],
)
def test_a_step_reads_as_what_it_does(step, words):
    assert step_words(step) == words
