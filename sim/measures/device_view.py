"""The changing state of one device, as the tally follows it.

`Reported` is the state that a device can report. The console and the portal show the value that it
had at the last state message. `DeviceView` adds what the site knows. Both are immutable, so that
devices in the same state share one value. `Milestones` holds the times and counts that differ from
device to device.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

from sim.fleet.device import Overrides
from sim.measures.device_table import DeviceRecord
from sim.units import Seconds


class Reported(NamedTuple):
    """The state that a device would report at one instant."""

    route: str = ""
    route_rule: str = ""
    onboarded: bool = False
    offboarded: bool = False
    policy_applied: bool = False
    cause: str = ""
    """Why the latest attempt failed; empty when none failed since the last evaluation."""
    rule: str = ""
    cause_policy: str = ""
    """The policy whose attempt failed."""
    progress: str = ""
    """What the device waits for."""
    payload: str = ""
    payload_pending: str = ""
    agent: str = "none"
    sample_sharing: str = ""
    policies: tuple[tuple[str, str], ...] = ()
    """Each policy that was evaluated and its deployment state, in order of name (MON-5)."""
    agent_running: bool = True
    inactive: bool = False
    scripts: tuple[str, ...] = ()
    """The packages whose script has succeeded, in order of name (UPD-10)."""
    scripts_failed: tuple[tuple[str, str, str], ...] = ()
    """Package, cause and rule of each script that has failed."""

    @property
    def is_onboarded_anywhere(self) -> bool:
        """Whether the device is onboarded, to the site's organization or to another."""
        return self.onboarded or bool(self.payload)


class DeviceView(NamedTuple):
    """All that changes about a device: at the site, on the device, in the console and portal."""

    present: bool
    support_over: bool
    collections: tuple[str, ...]
    deployments: tuple[tuple[str, str], ...]
    """Policy and collection of each deployment that reaches the device, the earliest first."""
    truth: Reported
    console: Reported | None
    """The state in the last state message; None when there was none."""
    portal: Reported | None
    scripts: tuple[tuple[str, str], ...] = ()
    """Package and collection of each script that reaches the device."""
    overrides: Overrides = ()
    """Traits that were set during the run."""
    ticket: tuple[str, str] = ("", "")
    """The open ticket at the support desk: `waiting` or `in_work`, and its cause."""
    remediated: str = ""
    """The cause that the support desk fixed last."""
    awaits_collection: bool = False
    """Whether it has joined and will be in some collection after the next evaluation."""

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that reach the device, each once, the earliest deployment first."""
        return tuple(dict.fromkeys(policy for policy, _ in self.deployments))


@dataclass(slots=True)
class Milestones:
    """Times of one device in seconds since the start, and counts."""

    targeted_at: Seconds | None = None
    policy_applied_at: Seconds | None = None
    onboarded_at: Seconds | None = None
    reported_at: Seconds | None = None
    portal_at: Seconds | None = None
    retired_at: Seconds | None = None
    attempts: int = 0
    restarts: int = 0


MILESTONE_NAMES = tuple(field.name for field in fields(Milestones))


def view_at_start(record: DeviceRecord) -> DeviceView:
    """Return the state of a device before the run starts."""
    truth = Reported(
        route=record.kind.route,
        route_rule=record.route_rule,
        onboarded=record.onboarded,
        progress="awaiting_policy",
        payload=record.payload,
        agent=record.agent,
        agent_running=record.sensor_running,
        inactive=record.is_silent,
    )
    in_portal = truth if record.onboarded else None
    in_console = in_portal if record.is_managed else None
    return DeviceView(record.is_there(0), False, (), (), truth, in_console, in_portal)
