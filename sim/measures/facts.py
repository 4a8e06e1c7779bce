"""What is known of one device: what it says of itself, and what the site knows of it.

`Told` is what a device can tell, so that the console's and the portal's picture is simply the value
it had at the last state message. `Known` is all that changes about a device; both are immutable, so
that devices in the same state share one value. `Milestones` keeps what differs from device to
device: when things first happened, and how often.
"""

from typing import NamedTuple

from sim.fleet.device import Overrides
from sim.measures.device_table import DeviceRecord
from sim.units import Seconds


class Reported(NamedTuple):
    """The state of a device as it would tell it at one instant."""

    route: str
    route_rule: str
    onboarded: bool
    offboarded: bool
    policy_applied: bool
    cause: str
    """Why the latest attempt failed; empty when none failed since the last evaluation."""
    rule: str
    cause_policy: str
    """The policy whose attempt failed."""
    progress: str
    """What the device waits for."""
    payload: str
    payload_pending: str
    agent: str
    sample_sharing: str
    policies: tuple[tuple[str, str], ...]
    """Each policy that was acted on and its deployment state, in order of name (MON-5)."""
    agent_running: bool
    inactive: bool
    scripts: tuple[str, ...] = ()
    """The packages whose script has succeeded, in order of name (UPD-10)."""
    scripts_failed: tuple[tuple[str, str, str], ...] = ()
    """Package, cause and rule of each script that has failed."""

    @property
    def is_onboarded_anywhere(self) -> bool:
        """Whether the device is onboarded, to the site's organization or to another."""
        return self.onboarded or bool(self.payload)


class DeviceView(NamedTuple):
    """All that changes about a device: site facts, its own state, and the two pictures of it."""

    present: bool
    support_over: bool
    collections: tuple[str, ...]
    deployments: tuple[tuple[str, str], ...]
    """Policy and collection of each deployment that reaches the device, the earliest first."""
    truth: Reported
    console: Reported | None
    """What the last state message told; None when there was none."""
    portal: Reported | None
    scripts: tuple[tuple[str, str], ...] = ()
    """Package and collection of each script that reaches the device."""
    overrides: Overrides = ()
    """Traits that were set during the run."""
    ticket: tuple[str, str] = ("", "")
    """Where the support desk has a ticket of the device: `waiting` or `in_work`, and its cause."""
    remediated: str = ""
    """The cause that the support desk has put right last."""
    awaits_collection: bool = False
    """Whether it joined, and some collection will hold it from its next evaluation on."""

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that reach the device, each once, the earliest deployment first."""
        return tuple(dict.fromkeys(policy for policy, _ in self.deployments))


class Milestones:
    """When things happened to one device, in seconds since the start, and how often."""

    __slots__ = (
        "attempts",
        "onboarded_at",
        "policy_applied_at",
        "portal_at",
        "reported_at",
        "restarts",
        "retired_at",
        "targeted_at",
    )

    def __init__(self) -> None:
        self.targeted_at: Seconds | None = None
        self.policy_applied_at: Seconds | None = None
        self.onboarded_at: Seconds | None = None
        self.reported_at: Seconds | None = None
        self.portal_at: Seconds | None = None
        self.retired_at: Seconds | None = None
        self.attempts = 0
        self.restarts = 0


def view_at_start(record: DeviceRecord) -> DeviceView:
    """Return what is known of a device before anything happens."""
    truth = Reported(
        route=record.kind.route,
        route_rule=record.route_rule,
        onboarded=record.onboarded,
        offboarded=False,
        policy_applied=False,
        cause="",
        rule="",
        cause_policy="",
        progress="awaiting_policy",
        payload=record.payload,
        payload_pending="",
        agent=record.agent,
        sample_sharing="",
        policies=(),
        agent_running=record.sensor_running,
        inactive=record.is_silent,
    )
    known_before = truth if record.onboarded else None
    in_console = known_before if record.is_managed else None
    return DeviceView(record.is_there(0), False, (), (), truth, in_console, known_before)
