"""External events of a device, independent of its policies: repairs, restarts, patches.

Each event is an appointment of the device, read from schedules.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sim.fleet.device import Overrides, with_values
from sim.fleet.streams import exponential_of
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import CLIENT, PATCH, UPGRADE, Act, DeviceState, Upgrade
from sim.kernel.lifecycle import Lifecycle
from sim.kernel.payloads import Payloads
from sim.reference.gates import restart_rule
from sim.units import Seconds

HABITS = frozenset(("presence", "location"))
"""Traits that decide when a computer is on."""

RECONSIDERED = frozenset(("client_version", "agent", "esu", "os"))
"""Traits whose change makes a device evaluate its compliant policies again."""

_REPAIRS = {
    "inactive": ("client_return", "active_again"),
    "broken": ("client_repair", "remediated"),
}
"""How a ConfigMgr client recovers: the purpose of the draw, and the event (FLT-1)."""


def _new_values(device: DeviceState, values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return those of some values that differ from what the device has."""
    as_is = device.as_is()
    return {name: value for name, value in values if getattr(as_is, name) != value}


@dataclass(frozen=True)
class ExternalEvents:
    """Schedules external events for the devices of one replication."""

    context: ReplicationContext
    lifecycle: Lifecycle
    payloads: Payloads
    wake: Callable[[DeviceState], None]
    """Makes a device check again what it has to do."""

    def begin(self, device: DeviceState, is_silent: bool) -> None:
        """Make the appointments that a device has when it starts or joins."""
        since = device.timetable.since
        if device.traits.is_managed:
            self._make_reachable(device, since)
        if device.traits.restart_pending:
            self.payloads.await_restart(device, since)
        if device.onboarded_to:
            self.lifecycle.contact.resume(device, is_silent)
            if device.traits.is_managed and device.traits.client != "active":
                self.lifecycle.contact.begin_aging(device, since)
        if device.timetable.until < self.context.scenario.horizon:
            retires = partial(self.lifecycle.contact.retire, device)
            device.schedule(device.timetable.until, CLIENT, retires)
        if device.appointments:
            self.wake(device)

    def _make_reachable(self, device: DeviceState, since: Seconds) -> None:
        """Make policy reach a device, now or when its ConfigMgr client works again (FLT-1)."""
        if device.traits.client == "active":
            device.policy_reachable_since = since
        elif self.context.has_chance:
            purpose, _ = _REPAIRS[device.traits.client]
            bits = self.context.streams.bits(purpose, device.key)
            wait = 1 + exponential_of(bits, self.context.assumed[f"{purpose}_mean"])
            repairs = partial(self._repair_client, device)
            device.wait(CLIENT, device.when_on(since + wait), repairs, since)

    def _repair_client(self, device: DeviceState, now: Seconds) -> None:
        cause = f"client_{device.traits.client}"
        if device.traits.client in _REPAIRS:
            _, event = _REPAIRS[device.traits.client]
            self.context.record(device, now, event, "FLT-1", cause=cause)
            device.traits = replace(device.traits, client="active")
            self.context.changed(device.number, now)
            self._client_works(device, now)

    def _client_works(self, device: DeviceState, now: Seconds) -> None:
        """Make policy and a waiting upgrade reach a device again (FLT-1, DWN-3)."""
        self.lifecycle.make_reachable(device, now)
        if device.upgrade is not None:
            self._schedule_upgrade(device, now)

    def restart_within(self, device: DeviceState, step: str, within: Seconds, now: Seconds) -> None:
        """Restart a device once within a time; if it is off then, at its next power-on (UPD-1)."""
        at = now + self._offset(device, f"restart_step/{step}", within)
        self.payloads.restart_at(device, at)
        self.wake(device)

    def _offset(self, device: DeviceState, purpose: str, within: Seconds) -> Seconds:
        return self.context.streams.between(purpose, device.key, 0, max(0, within - 1))

    def repair(
        self, device: DeviceState, cause: str, traits: Mapping[str, Any], now: Seconds
    ) -> None:
        """Apply a technician's repair in the next second in which the computer is on.

        The ticket is closed without effect if the computer is never switched on again (FLT-7).
        """
        on = device.timetable.on.on_at_or_after(now + 1)
        is_gone = device.timetable.until <= self.context.scenario.horizon
        if on is None and (is_gone or device.traits.presence == "off"):
            self.context.record(device, now, "ticket_closed", "FLT-7", cause=cause)
            return
        self._change_when_on(device, now + 1, partial(self._fix, device, cause, traits), now)

    def _change_when_on(
        self, device: DeviceState, earliest: Seconds, change: Act, now: Seconds
    ) -> None:
        """Change traits in the first second from *earliest* on with the computer on."""

        def on(time: Seconds) -> Seconds | None:
            at = device.timetable.on.on_at_or_after(max(time, earliest))
            if at is not None:
                self.context.changed(device.number, at)
            return at

        if device.wait(PATCH, on, change, now) is not None:
            self.wake(device)

    def _fix(
        self, device: DeviceState, cause: str, traits: Mapping[str, Any], now: Seconds
    ) -> None:
        new = _new_values(device, traits.items())
        restart = restart_rule(device.traits, new)
        rule = "FLT-1" if "client" in traits else restart or "DWN-9"
        self.context.record(device, now, "remediated", rule, cause=cause)
        if new:
            self._set(device, new, now, restart)
        self.context.changed(device.number, now)

    def upgrade(self, device: DeviceState, version: str, step: str, now: Seconds) -> None:
        """Upgrade a device's ConfigMgr client, beginning at its next poll (TIM-8).

        A version that still waits is replaced.
        """
        device.upgrade = Upgrade(version, step)
        if device.policy_reachable_since is not None:
            self._schedule_upgrade(device, now)
            self.wake(device)

    def _schedule_upgrade(self, device: DeviceState, now: Seconds) -> None:
        """Begin an upgrade at the next poll; what was appointed for it before is void."""
        assert device.policy_reachable_since is not None
        assert device.upgrade is not None
        device.upgrade = upgrade = replace(device.upgrade)

        def poll(time: Seconds) -> Seconds | None:
            since = device.policy_reachable_since
            return None if since is None else device.timetable.polls.at_or_after(max(time, since))

        device.wait(UPGRADE, poll, partial(self._begin_upgrade, device, upgrade), now)

    def _begin_upgrade(self, device: DeviceState, upgrade: Upgrade, now: Seconds) -> None:
        """Download the new client in the first window, or install it within hours (TIM-8)."""
        if device.upgrade is not upgrade:
            return
        opportunities = self.context.opportunities
        if opportunities.windows(device, now) is not None:

            def opens(time: Seconds) -> Seconds | None:
                return opportunities.to_evaluate(device, time, time)

            device.wait(UPGRADE, opens, partial(self._download_upgrade, device, upgrade), now)
            return
        window = self.context.assumed["client_upgrade_window"]
        due = now + self.context.draw(device, "client_upgrade", 1, window)
        install = partial(self._install_upgrade, device, upgrade)
        device.wait(UPGRADE, device.when_on(due), install, now)

    def _download_upgrade(self, device: DeviceState, upgrade: Upgrade, now: Seconds) -> None:
        """Look for a window that begins after this one, in which the client is installed."""
        open_windows = self.context.opportunities.windows(device, now)
        next_window = now if open_windows is None else open_windows.closes(now)
        self._await_window(device, upgrade, next_window, now)

    def _await_window(
        self, device: DeviceState, upgrade: Upgrade, earliest: Seconds, now: Seconds
    ) -> None:
        def opens(time: Seconds) -> Seconds | None:
            return self.context.opportunities.to_upgrade(device, max(time, earliest), time)

        device.wait(UPGRADE, opens, partial(self._install_upgrade, device, upgrade), now)

    def _install_upgrade(self, device: DeviceState, upgrade: Upgrade, now: Seconds) -> None:
        """Install the new client, unless power or windows have changed since this was scheduled."""
        if device.upgrade is not upgrade or device.policy_reachable_since is None:
            return
        if self.context.opportunities.to_upgrade(device, now, now) != now:
            self._await_window(device, upgrade, now, now)
            return
        device.upgrade = None
        new = {"client_version": upgrade.version}
        if device.traits.client_version != upgrade.version:
            self.context.record(device, now, "remediated", "TIM-8", step=upgrade.step)
            self._set(device, new, now)
            self.context.changed(device.number, now)

    def patch_within(
        self, device: DeviceState, step: str, within: Seconds, sets: Overrides, now: Seconds
    ) -> None:
        """Set traits of a device once within a time; if it is off then, at power-on (DWN-9).

        A change of presence does not wait for power: people change their habits, not computers.
        """
        at = now + self._offset(device, f"patch_step/{step}", within)
        patch = partial(self._patch, device, sets, step)
        if "presence" not in dict(sets):
            self._change_when_on(device, at, patch, now)
            return
        device.schedule(at, PATCH, patch)
        self.context.changed(device.number, at)
        self.wake(device)

    def _patch(self, device: DeviceState, sets: Overrides, step: str, now: Seconds) -> None:
        """Set traits; an older change that waits for power comes first, if this switches it on."""
        new = _new_values(device, sets)
        if not new or now >= device.timetable.until:
            return
        habits = {name: value for name, value in new.items() if name in HABITS}
        sets_more = any(name not in HABITS for name, _ in sets)
        if "presence" in habits and sets_more and device.has_waiting(PATCH):
            device.traits = with_values(device.as_is(), habits)
            self.lifecycle.reschedule(device, now)
            device.keep_waiting(PATCH, now)
            new = _new_values(device, sets)
        restart = restart_rule(device.traits, new)
        self.context.record(device, now, "remediated", restart or "DWN-9", step=step)
        self._set(device, new, now, restart)

    def _set(
        self, device: DeviceState, new: Mapping[str, Any], now: Seconds, restart: str = ""
    ) -> None:
        """Set traits that differ; *restart* is the rule by which they count from a restart only."""
        if restart:
            new = {**new, "restart_pending": True}
            self.context.report(device, now, "restart_pending", restart, str(now))
        if "os" in new:
            self.lifecycle.contact.upgrade(device)
        device.traits = with_values(device.as_is(), new)
        device.agent, device.agent_version = device.traits.agent, device.traits.agent_version
        if new.keys() & {"client", "managed_by"}:
            if device.traits.is_managed and device.traits.client == "active":
                self._client_works(device, now)
            else:
                self._client_fails(device, now)
        if new.keys() & RECONSIDERED:
            self.lifecycle.reconsider(device, now)
        if new.keys() & HABITS:
            self.lifecycle.reschedule(device, now)
        elif "os" in new:
            device.reschedule_waiting(now)
        if new.get("restart_pending"):
            self.payloads.await_restart(device, now)
        self.lifecycle.contact.look(device, now)

    def _client_fails(self, device: DeviceState, now: Seconds) -> None:
        """Keep policy from a device, and its state from the console (FLT-1, CON-3)."""
        was_reachable = device.policy_reachable_since is not None
        device.policy_reachable_since = device.next_poll = None
        device.awaits_poll = False
        if was_reachable:
            self.context.withhold(device, now)
            if device.traits.is_managed:
                self.lifecycle.contact.begin_aging(device, now)
