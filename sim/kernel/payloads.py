"""Restarts, and the changes that need one: a new payload, an installer (UPD-1, FLT-4, TIM-6)."""

from dataclasses import dataclass, replace
from functools import partial

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import RESTART, DeviceState
from sim.units import Seconds


@dataclass(frozen=True)
class Payloads:
    """Changes the payloads of devices; a change takes effect at a restart."""

    context: ReplicationContext
    contact: Contact

    def receive(
        self,
        device: DeviceState,
        payload: str,
        now: Seconds,
        event: str,
        rule: str,
        policy: str = "",
    ) -> None:
        """Give an onboarded device a payload that it uses from its next restart on (UPD-1).

        The payload that it uses already cancels a pending one and needs no restart.
        """
        device.pending = "" if payload == device.payload else payload
        device.pending_since = now
        self.context.record(device, now, event, rule, policy=policy, payload=payload)
        self.context.report(device, now, event, payload, str(now))
        if device.pending:
            self.await_restart(device, now)

    def await_restart(self, device: DeviceState, since: Seconds) -> None:
        """Schedule the first restart of any kind after *since*."""

        def first(now: Seconds) -> Seconds | None:
            restarts = self.context.opportunities.restarts(device, now)
            return restarts.after(max(since, now - 1))

        device.wait(RESTART, first, partial(self._restart_if_due, device), since)

    def _restart_if_due(self, device: DeviceState, now: Seconds) -> None:
        """Restart, unless maintenance windows have changed since this was scheduled (TIM-5)."""
        if not device.pending and not device.traits.restart_pending:
            return
        due = self.context.opportunities.restarts(device, now).after(now - 1)
        if due == now:
            self._restart(device, now)
        else:
            self.await_restart(device, now)

    def restart_at(self, device: DeviceState, time: Seconds) -> None:
        """Restart a device at *time*; if it is off then, at its next power-on (UPD-1)."""
        device.wait(RESTART, device.when_on(time), partial(self._restart, device), time)

    def _restart(self, device: DeviceState, now: Seconds) -> None:
        """Restart: apply a payload that arrived before this second; logged only if it matters."""
        applies = bool(device.pending) and device.pending_since < now
        pending = device.traits.restart_pending
        if not applies and not pending:
            return
        self.context.record(device, now, "restarted", "UPD-1" if applies else "FLT-4")
        if pending:
            device.traits = replace(device.traits, restart_pending=False)
            self.context.changed(device.number, now)
        if applies:
            device.payload, device.pending = device.pending, ""
            self.context.record(device, now, "payload_applied", "UPD-1", payload=device.payload)
            self.context.report(device, now, "payload_applied", device.payload, str(now))
            self.contact.look(device, now)
