"""Who may take part: subscription, management, system and life cycle, in this order."""

from datetime import date

import pytest

from sim.reference.decisions import Decision
from sim.reference.routes import eligibility, is_out_of_support
from tests.reference.devices import faultless

DAY = date(2026, 3, 2)


def judge(device, **changes):
    """Judge a device with everything in order but the *changes*."""
    circumstances = {
        "subscription": True,
        "windows_10_minimum": "1709",
        "end_of_support": "warn",
        "on": DAY,
        "onboarded": False,
    }
    return eligibility(device, **(circumstances | changes))


def test_a_device_in_order_is_eligible():
    """A managed device on a supported system may take part."""
    assert not judge(faultless()).refused


@pytest.mark.rule("PRE-1")
def test_without_subscription_no_device_takes_part():
    """The missing subscription comes before everything else."""
    device = faultless(os="windows-7", client="none")

    assert judge(device, subscription=False) == Decision("PRE-1", cause="subscription_missing")


@pytest.mark.rule("PRE-2")
def test_without_client_a_computer_is_not_managed():
    """A computer without the ConfigMgr client is not managed, whatever its system."""
    assert judge(faultless(os="windows-7", client="none")) == Decision("PRE-2", cause="not_managed")


@pytest.mark.rule("PRE-5")
def test_intune_alone_is_not_managed():
    """A device that Intune alone manages stands outside."""
    assert judge(faultless(managed_by="intune")) == Decision("PRE-5", cause="not_managed")


@pytest.mark.rule("PRE-2")
@pytest.mark.parametrize("client", ["active", "inactive", "broken"])
@pytest.mark.parametrize("managed_by", ["configmgr", "co_managed"])
def test_a_client_in_any_state_is_managed(client, managed_by):
    """An inactive or broken client keeps a computer eligible, and so does co-management."""
    assert not judge(faultless(client=client, managed_by=managed_by)).refused


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    "os",
    ["windows-7", "server-2008-r2", "server-2012", "server-sac-1709", "", "linux"],
)
def test_systems_that_are_not_supported(os):
    """A system off the supported list, or unknown, is not eligible."""
    assert judge(faultless(os=os)) == Decision("OS-1", cause="os_not_supported")


@pytest.mark.rule("OS-2")
def test_windows_10_before_the_minimum():
    """Windows 10 1607 is out by default and in when the scenario says so."""
    device = faultless(os="windows-10-1607")

    assert judge(device) == Decision("OS-2", cause="os_not_supported")
    assert not judge(device, windows_10_minimum="1607").refused
    assert judge(faultless(os="windows-10-1709"), windows_10_minimum="1803").rule == "OS-2"


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize(
    ("on", "refused"), [("2025-10-13", False), ("2025-10-14", False), ("2025-10-15", True)]
)
def test_the_last_day_is_in_support(on, refused):
    """On its last day Windows 10 22H2 is eligible, on the next it is not."""
    day = date.fromisoformat(on)
    decision = judge(faultless(os="windows-10-22h2"), end_of_support="enforce", on=day)

    assert decision.refused is refused
    assert decision.cause == ("os_out_of_support" if refused else "")
    assert decision.rule == ("OS-3" if refused else "OS-1")


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize("switch", ["warn", "ignore"])
def test_only_enforce_puts_out(switch):
    """A system past its support takes part unless the switch enforces life cycles."""
    assert not judge(faultless(os="windows-8.1"), end_of_support=switch).refused
    assert judge(faultless(os="windows-8.1"), end_of_support="enforce").refused


@pytest.mark.rule("OS-3")
def test_an_onboarded_device_stays():
    """Age never puts out a device that is onboarded; a system off the list is off it still."""
    old = faultless(os="windows-8.1")

    assert not judge(old, end_of_support="enforce", onboarded=True).refused
    assert judge(faultless(os="windows-7"), onboarded=True).cause == "os_not_supported"


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize(
    ("device", "past"),
    [
        (faultless(os="server-2012-r2"), True),
        (faultless(os="server-2012-r2", esu=True), False),
        (faultless(os="server-2012-r2", esu=date(2026, 3, 1)), True),
        (faultless(os="server-2012-r2", esu=date(2026, 3, 2)), False),
        (faultless(os="windows-10-1809", edition="ltsc"), False),
        (faultless(os="windows-10-1809", edition="enterprise"), True),
        (faultless(os="windows-10-1809", edition=""), True),
        (faultless(os="windows-11-23h2", edition="pro"), True),
        (faultless(os="windows-11-23h2", edition=""), False),
        (faultless(os="server-2016", edition=""), False),
    ],
)
def test_edition_and_extended_updates_count(device, past):
    """Long-term servicing and Extended Security Updates keep a system in support."""
    assert is_out_of_support(device, DAY) is past
    assert judge(device, end_of_support="enforce").refused is past
