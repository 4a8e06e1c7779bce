"""The order of the gates of an attempt: the first refusal counts, all can be asked for at once."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from sim.reference.attempts import (
    ADMIT,
    EVALUATE,
    GATES,
    INSTALL,
    OFFBOARDING,
    ONBOARDING,
    ONE_TIME_SCRIPT,
    REGISTER,
    Facts,
    SiteTerms,
    decide,
    refusals,
)
from sim.reference.decisions import Decision
from sim.units import DAY
from tests.reference.devices import faultless

TERMS = SiteTerms("contoso", True, "1709", "warn", 30 * DAY, date(2026, 3, 2))
MMA = Decision("MMA-1", "mma", "mma")
MDE_CLIENT = Decision("DWN-2", "mde_client", "mde_client")
CONFIG_FILE = Decision("UPL-1", "config_file")


@dataclass(frozen=True)
class Package:
    organization: str = "contoso"
    connectivity: str = "standard"
    downloaded: date | None = None
    valid_until: date | None = None
    systems: str = "windows_10_11"


def facts(route=CONFIG_FILE, device=None, **changes):
    device = device or faultless()
    known = Facts(TERMS, device, "none", "", "", Package(), date(2026, 3, 3), route)
    return replace(known, **changes)


def causes(purpose, known, *stages):
    return [decision.cause for _, decision in refusals(purpose, known, *stages)]


WORST = facts(
    MMA,
    faultless(
        os="windows-8.1",
        dotnet=False,
        restart_pending=True,
        clock_ok=False,
        elam_driver="disabled",
        network="blocked",
    ),
    workspace="missing",
    package=Package("fabrikam", "streamlined"),
)


def test_all_that_stands_in_the_way_comes_in_the_order_of_the_stages():
    assert causes(ONBOARDING, WORST) == [
        "workspace_missing",
        "other_organization",
        "dotnet_missing",
        "restart_pending",
        "clock_skew",
        "elam_driver_disabled",
        "network_blocked",
    ]
    for purpose, gates in GATES.items():
        order = [(ADMIT, EVALUATE, INSTALL, REGISTER).index(gate.stage) for gate in gates]
        assert order == sorted(order), purpose


@pytest.mark.parametrize(
    ("stage", "first"),
    [(ADMIT, None), (EVALUATE, "workspace_missing"), (INSTALL, "dotnet_missing"),
     (REGISTER, "clock_skew")],
)  # fmt: skip
def test_a_stage_is_asked_for_its_own_gates_alone(stage, first):
    decision = decide(ONBOARDING, WORST, stage)

    assert (decision and decision.cause) == first


def test_the_first_refusal_is_the_decision():
    assert decide(ONBOARDING, WORST) == Decision("MMA-2", "mma", "mma", "workspace_missing")
    assert decide(ONBOARDING, facts()) is None


@pytest.mark.rule("PRE-1")
def test_a_missing_subscription_is_the_plans_fault_and_an_old_system_is_not():
    none = replace(TERMS, subscription=False)
    (gate, decision), *rest = refusals(ONBOARDING, facts(site=none))
    assert (gate.is_of_plan, decision.cause, rest) == (True, "subscription_missing", [])
    (gate, decision), *rest = refusals(ONBOARDING, facts(device=faultless(os="windows-7")))
    assert (gate.is_of_plan, decision.cause, rest) == (False, "os_not_supported", [])


@pytest.mark.rule("MMA-4")
@pytest.mark.parametrize("workspace", ["swapped", "wrong"])
def test_workspace_values_of_the_wrong_form_fail_at_registration_and_are_the_plans_fault(workspace):
    ((gate, decision),) = refusals(ONBOARDING, facts(MMA, workspace=workspace))

    assert (gate.stage, gate.is_of_plan) == (REGISTER, True)
    assert decision.cause == f"workspace_{workspace}"


@pytest.mark.rule("MMA-5")
def test_an_old_mma_counts_only_where_it_is_there_already():
    old = facts(MMA, agent="mma", agent_version="10.20.18011")

    assert causes(ONBOARDING, old) == ["agent_outdated"]
    assert causes(ONBOARDING, replace(old, agent="none")) == []


@pytest.mark.rule("MMA-2")
def test_a_policy_without_values_fails_on_mma_devices_that_are_onboarded_too():
    known = facts(MMA, workspace="missing", onboarded_to="contoso", agent="mma")

    assert causes(ONBOARDING, known) == ["workspace_missing"]
    assert causes(ONBOARDING, replace(known, agent="none")) == ["workspace_missing"]
    assert causes(ONBOARDING, replace(known, route=CONFIG_FILE)) == []


@pytest.mark.rule("UPD-8")
def test_a_package_that_a_settled_device_does_not_use_is_not_judged():
    old = faultless(os="windows-10-1803")
    known = facts(device=old, onboarded_to="contoso", package=Package(connectivity="streamlined"))

    assert causes(ONBOARDING, known) == []
    assert causes(ONBOARDING, replace(known, changes_payload=True)) == ["payload_not_eligible"]


@pytest.mark.rule("UPD-9")
def test_the_script_onboards_only_a_device_that_lacks_nothing_but_the_payload():
    blocked = facts(device=faultless(network="blocked", elam_driver="disabled"))

    assert causes(ONE_TIME_SCRIPT, blocked) == ["elam_driver_disabled", "network_blocked"]
    assert causes(ONE_TIME_SCRIPT, replace(blocked, onboarded_to="contoso")) == []
    assert causes(ONE_TIME_SCRIPT, facts(MDE_CLIENT)) == ["sensor_missing"]
    assert causes(ONE_TIME_SCRIPT, facts(MDE_CLIENT, agent="mde_client")) == []
    assert causes(ONE_TIME_SCRIPT, facts(MMA, agent="mma")) == ["sensor_missing"]
    unsupported = Decision("OS-1", "none", cause="os_not_supported")
    assert decide(ONE_TIME_SCRIPT, facts(unsupported)) == unsupported


@pytest.mark.rule("OFF-2")
@pytest.mark.rule("OFF-4")
def test_an_offboarding_file_is_refused_for_all_that_is_wrong_with_it():
    package = Package("fabrikam", downloaded=date(2026, 1, 1), systems="windows_7_8_1")
    known = facts(package=package, onboarded_to="contoso")

    assert causes(OFFBOARDING, known) == [
        "other_organization", "offboarding_expired", "payload_not_eligible",
    ]  # fmt: skip
    assert decide(OFFBOARDING, known, EVALUATE).rule == "OFF-4"
    assert decide(OFFBOARDING, facts(package=Package(), onboarded_to="contoso")) is None


def test_only_a_device_that_may_take_part_or_is_onboarded_is_offboarded():
    old = facts(device=faultless(os="windows-7"))

    assert decide(OFFBOARDING, old, ADMIT).cause == "os_not_supported"
    assert decide(OFFBOARDING, replace(old, onboarded_to="contoso"), ADMIT) is None
