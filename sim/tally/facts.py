"""What is known of one device: what it says of itself, and what the site knows of it.

`Told` is what a device can tell: immutable, so that the console's and the portal's picture is
simply the value it had at the last state message. `Facts` is the tally's record of one device.
"""

from typing import NamedTuple

from sim.tally.roster import DeviceRecord
from sim.units import Seconds


class Told(NamedTuple):
    """The state of a device as it would tell it at one instant."""

    route: str
    route_rule: str
    onboarded: bool
    offboarded: bool
    policy_applied: bool
    cause: str
    """Why the latest attempt failed; empty when none failed since the last evaluation."""
    rule: str
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


class Facts:
    """One device in the tally: site facts, its own state, and the two pictures of it."""

    __slots__ = (
        "attempts",
        "collections",
        "console",
        "onboarded_at",
        "policies",
        "policy_applied_at",
        "portal",
        "portal_at",
        "present",
        "record",
        "reported_at",
        "restarts",
        "retired_at",
        "support_over",
        "targeted_at",
        "truth",
    )

    def __init__(self, record: DeviceRecord) -> None:
        self.record = record
        self.present = True
        self.support_over = False
        self.collections: tuple[str, ...] = ()
        self.policies: dict[str, int] = {}
        """Targeting policies in order of deployment, with the number of collections each."""
        self.truth = Told(
            route=record.route,
            route_rule=record.route_rule,
            onboarded=record.onboarded,
            offboarded=False,
            policy_applied=False,
            cause="",
            rule="",
            progress="awaiting_policy",
            payload=record.payload,
            payload_pending="",
            agent=record.agent,
            sample_sharing="",
            policies=(),
            agent_running=record.sensor_running,
            inactive=False,
        )
        known_before = self.truth if record.onboarded else None
        self.console: Told | None = known_before
        self.portal: Told | None = known_before
        self.targeted_at: Seconds | None = None
        self.policy_applied_at: Seconds | None = None
        self.onboarded_at: Seconds | None = None
        self.reported_at: Seconds | None = None
        self.portal_at: Seconds | None = None
        self.retired_at: Seconds | None = None
        self.attempts = 0
        self.restarts = 0
