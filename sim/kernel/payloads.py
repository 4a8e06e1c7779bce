"""Restarts, and what waits for one: a changed payload, an installer (UPD-1, FLT-4, TIM-6)."""

from dataclasses import dataclass, replace
from functools import partial

from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import RESTART, DeviceState
from sim.units import Seconds


@dataclass(frozen=True)
class Payloads:
    """Changes the payloads of devices; only a restart makes a change count."""

    shared: ReplicationContext

    def receive(
        self,
        client: DeviceState,
        payload: str,
        now: Seconds,
        event: str,
        rule: str,
        policy: str = "",
    ) -> None:
        """Give an onboarded device a payload that it uses from its next restart on (UPD-1).

        One that it uses already undoes what was waiting, and needs no restart.
        """
        client.pending = "" if payload == client.payload else payload
        client.pending_since = now
        self.shared.record(client, now, event, rule, policy=policy, payload=payload)
        self.shared.report(client, now, event, payload, str(now))
        if client.pending:
            self.await_restart(client, now)

    def await_restart(self, client: DeviceState, since: Seconds) -> None:
        """Appoint the first restart after *since*, of whatever kind."""
        restarts = self.shared.opportunities.restarts(client, since)
        client.appoint(restarts.after(since), RESTART, partial(self._restart_if_due, client))

    def _restart_if_due(self, client: DeviceState, now: Seconds) -> None:
        """Restart, unless the device's windows have changed since that was planned (TIM-5)."""
        if not client.pending and not client.traits.restart_pending:
            return
        due = self.shared.opportunities.restarts(client, now).after(now - 1)
        if due == now:
            self._restart(client, now)
        else:
            client.appoint(due, RESTART, partial(self._restart_if_due, client))

    def restart_at(self, client: DeviceState, time: Seconds) -> None:
        """Restart a device at *time*, or if it is off then at its next power-on (UPD-1)."""
        on = client.timetable.on.on_at_or_after(time)
        client.appoint(on, RESTART, partial(self._restart, client))

    def _restart(self, client: DeviceState, now: Seconds) -> None:
        """Restart: told only where it changes something; applies what arrived before."""
        applies = bool(client.pending) and client.pending_since < now
        pending = client.traits.restart_pending
        if not applies and not pending:
            return
        self.shared.record(client, now, "restarted", "UPD-1" if applies else "FLT-4")
        if pending:
            client.traits = replace(client.traits, restart_pending=False)
            self.shared.changed(client.number, now)
        if applies:
            client.payload, client.pending = client.pending, ""
            self.shared.record(client, now, "payload_applied", "UPD-1", payload=client.payload)
            self.shared.report(client, now, "payload_applied", client.payload, str(now))
