"""What befalls a device, whatever its policies want: repairs, restarts, patches.

Each is an appointment of the device, made from pure schedules. A device that nothing of this kind
befalls has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sim.fleet.device import Overrides
from sim.fleet.quantiles import exponential_of
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import CLIENT, PATCH, DeviceState, Upgrade
from sim.kernel.lifecycle import Lifecycle
from sim.kernel.payloads import Payloads
from sim.units import Seconds

RECONSIDERED = frozenset(("client_version", "agent", "esu"))
"""Traits whose change lets policies that are settled be evaluated again."""

_REPAIRS = {
    "inactive": ("client_return", "active_again"),
    "broken": ("client_repair", "remediated"),
}
"""How a ConfigMgr client comes back: the purpose of the draw, and the event (FLT-1)."""


@dataclass(frozen=True)
class ExternalEvents:
    """Lets things befall the devices of one replication."""

    shared: ReplicationContext
    lifecycle: Lifecycle
    payloads: Payloads
    wake: Callable[[DeviceState], None]
    """Lets a device look anew for what it has to do."""

    def begin(self, client: DeviceState, is_silent: bool) -> None:
        """Make the appointments that a device has from the start, or from its joining on."""
        since = client.timetable.since
        if client.traits.is_managed:
            self._listen(client, since)
        if client.traits.restart_pending:
            self.payloads.await_restart(client, since)
        if client.onboarded_to:
            self.lifecycle.contact.resume(client, is_silent)
        if client.appointments:
            self.wake(client)

    def _listen(self, client: DeviceState, since: Seconds) -> None:
        """Let policy reach a device, at once or when its ConfigMgr client works again (FLT-1)."""
        if client.traits.client == "active":
            client.hears_from = since
        elif self.shared.has_chance:
            purpose, _ = _REPAIRS[client.traits.client]
            bits = self.shared.streams.bits(purpose, client.key)
            wait = 1 + exponential_of(bits, self.shared.assumed[f"{purpose}_mean"])
            back = client.timetable.on.on_at_or_after(since + wait)
            client.appoint(back, CLIENT, partial(self._repair, client))

    def _repair(self, client: DeviceState, now: Seconds) -> None:
        cause = f"client_{client.traits.client}"
        if client.traits.client in _REPAIRS:
            _, event = _REPAIRS[client.traits.client]
            self.shared.record(client, now, event, "FLT-1", cause=cause)
            client.traits = replace(client.traits, client="active")
            self.shared.changed(client.number, now)
            self._hear_again(client, now)

    def _hear_again(self, client: DeviceState, now: Seconds) -> None:
        """Let policy reach a device again, and an upgrade that has waited (FLT-1, DWN-3)."""
        self.lifecycle.listen(client, now)
        if client.upgrade is not None:
            self._expect_upgrade(client, now)

    def restart_within(self, client: DeviceState, step: str, within: Seconds, now: Seconds) -> None:
        """Restart a device once within a time, if it is off then at its next power-on (UPD-1)."""
        at = now + self._offset(client, f"restart_step/{step}", within)
        self.payloads.restart_at(client, at)
        self.wake(client)

    def _offset(self, client: DeviceState, purpose: str, within: Seconds) -> Seconds:
        return self.shared.streams.between(purpose, client.key, 0, max(0, within - 1))

    def repair(
        self, client: DeviceState, cause: str, traits: Mapping[str, Any], now: Seconds
    ) -> None:
        """Let a technician's work count from the next second on, or when the computer is on.

        On one that is never switched on again the work was in vain: the ticket is closed (FLT-7).
        """
        on = client.timetable.on.on_at_or_after(now + 1)
        if on is None:
            self.shared.record(client, now, "ticket_closed", "FLT-7", cause=cause)
            return
        client.appoint(on, PATCH, partial(self._put_right, client, cause, traits))
        self.shared.changed(client.number, on)
        self.wake(client)

    def _put_right(
        self, client: DeviceState, cause: str, traits: Mapping[str, Any], now: Seconds
    ) -> None:
        as_is = client.as_is()
        new = {name: value for name, value in traits.items() if getattr(as_is, name) != value}
        rule = "FLT-1" if "client" in traits else "DWN-9"
        if new:
            self._set(client, new, now)
        self.shared.record(client, now, "remediated", rule, cause=cause)
        self.shared.changed(client.number, now)

    def upgrade(self, client: DeviceState, version: str, step: str, now: Seconds) -> None:
        """Upgrade a device's ConfigMgr client at its next poll, once policy reaches it (DWN-3)."""
        client.upgrade = (version, step)
        if client.hears_from is not None:
            self._expect_upgrade(client, now)
            self.wake(client)

    def _expect_upgrade(self, client: DeviceState, now: Seconds) -> None:
        assert client.hears_from is not None
        assert client.upgrade is not None
        poll = client.timetable.polls.at_or_after(max(now, client.hears_from))
        client.appoint(poll, PATCH, partial(self._upgrade, client, client.upgrade))

    def _upgrade(self, client: DeviceState, upgrade: Upgrade, now: Seconds) -> None:
        if client.upgrade is upgrade:
            client.upgrade = None
            self._patch(client, (("client_version", upgrade[0]),), upgrade[1], now)
            self.shared.changed(client.number, now)

    def patch_within(
        self, client: DeviceState, step: str, within: Seconds, sets: Overrides, now: Seconds
    ) -> None:
        """Set traits of a device once within a time, if it is off then at power-on (DWN-9).

        Who comes to work, and where, is no matter of the computer's being on.
        """
        at = now + self._offset(client, f"patch_step/{step}", within)
        when: Seconds | None = at
        if "presence" not in dict(sets):
            when = client.timetable.on.on_at_or_after(at)
        client.appoint(when, PATCH, partial(self._patch, client, sets, step))
        if when is not None:
            self.shared.changed(client.number, when)
            self.wake(client)

    def _patch(self, client: DeviceState, sets: Overrides, step: str, now: Seconds) -> None:
        as_is = client.as_is()
        new = {name: value for name, value in sets if getattr(as_is, name) != value}
        if not new:
            return
        self.shared.record(client, now, "remediated", "DWN-9", step=step)
        self._set(client, new, now)

    def _set(self, client: DeviceState, new: Mapping[str, Any], now: Seconds) -> None:
        """Set traits, and let what follows from them follow."""
        client.traits = replace(client.as_is(), **new)
        client.agent, client.agent_version = client.traits.agent, client.traits.agent_version
        if new.keys() & {"client", "managed_by"}:
            hears = client.traits.is_managed and client.traits.client == "active"
            if hears:
                self._hear_again(client, now)
            else:
                client.hears_from = client.next_poll = None
        if new.keys() & RECONSIDERED:
            self.lifecycle.reconsider(client, now)
        if new.keys() & {"presence", "location"}:
            self.lifecycle.reschedule(client, now)
        if new.get("restart_pending"):
            self.payloads.await_restart(client, now)
