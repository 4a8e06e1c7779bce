"""What happens to a device of the naive model from outside, independent of its policies."""

from dataclasses import dataclass
from datetime import date

from sim.reference.traits import TRAITS, TraitKind
from tests.kernel.oracle_spans import NEVER


@dataclass
class Restart:
    due: int
    in_window: bool = False
    step: str = ""


@dataclass
class Patch:
    due: int
    step: str
    traits: dict


class NaiveEvents:
    """A part of `NaiveDevice`."""

    def schedule_events(self):
        self.has_joined = self.joined == 0
        self.serves_since = 0
        self.returns = self.on.first(self.calendar.client_return(self.traits.client))
        self.service = list(self._service_instants())
        self.is_stopped = self.traits.onboarded and not self.traits.sensor_running
        self.restarts = [Restart(instant) for instant in self.calendar.daily_restarts()]
        self.restarts += [Restart(instant, True) for instant in self.calendar.update_restarts()]
        self.restarts.sort(key=lambda restart: restart.due)
        self.patches = []
        self.farewell = None
        self.lost = self.joined
        """When contact was lost; None while there is contact."""
        if self.traits.onboarded and self.joined == 0:
            last = self.calendar.site_second(self.traits.last_contact, self.joined)
            self.lost = min(self.joined, last)
        self.is_inactive = self.lost <= -self._patience()

    def _service_instants(self):
        """Yield (instant, whether the service stops) of each stop and each recovery."""
        for stop, recovery in self.calendar.outages():
            if stop < self.joined:
                continue
            noticed = self.on.first(stop)
            if noticed < recovery:
                yield noticed, True
            yield self.on.first(recovery), False

    def known_events(self):
        """Return the instants that are known from the beginning."""
        return {instant for instant, _ in self.service} | {self.returns}

    def events_later(self):
        """Yield the instants that are known now; instants in the past have no effect."""
        for one in (*self.restarts, *self.patches):
            yield one.due if one.due > self.now else self._instant_of(one)
        if self._is_onboarded() and not self.is_inactive and self.lost is not None:
            yield self.lost + self._patience()
        if self.farewell is not None:
            yield self.farewell

    def _instant_of(self, one):
        instant = max(one.due, self.now)
        if isinstance(one, Restart) and one.in_window:
            return self.free_for_work(instant)
        return self.on.first(instant)

    def apply_due_events(self):
        if self.now == self.joined and not self.has_joined:
            self.has_joined = True
            is_awaited = self.world.site.would_hold(self.number)
            self.log("joined", cause="awaiting_collection" if is_awaited else "")
            self.world.site.something_changed()
        if self.work is None and self.on.holds(self.now):
            self._return()
            self._serve()
            self._restart()
            self._patch()
        self._fall_silent()

    def _return(self):
        if self.now < self.returns or not self.traits.is_managed:
            return
        self.returns = NEVER
        if self.traits.client == "inactive":
            self.change(client="active")
            self.log("active_again", cause="client_inactive", rule="FLT-1")
        elif self.traits.client == "broken":
            self.change(client="active")
            self.log("remediated", cause="client_broken", rule="FLT-1")

    def _is_onboarded(self):
        return self.organization != ""

    def _serve(self):
        """What happened before it onboarded, while it was busy, has no effect."""
        while self.service and self.service[0][0] <= self.now:
            instant, stops = self.service.pop(0)
            if instant < self.serves_since:
                continue
            if self._is_onboarded() and stops != self.is_stopped:
                self.is_stopped = stops
                event = "agent_stopped" if stops else "agent_recovered"
                self.log(event, rule="FLT-6")
                self.outcome(event)

    def _restart(self):
        for restart in list(self.restarts):
            if restart.due > self.now:
                break
            if self._instant_of(restart) == self.now:
                self.restarts.remove(restart)
                was_pending = self.traits.restart_pending
                if was_pending or self.waiting_payload:
                    self.log("restarted", rule="UPD-1" if self.waiting_payload else "FLT-4")
                if was_pending:
                    self.change(restart_pending=False)
                if self.waiting_payload:
                    self.apply_payload()

    def _patch(self):
        for patch in list(self.patches):
            if self._instant_of(patch) == self.now:
                self.patches.remove(patch)
                read = {name: _read(name, value) for name, value in patch.traits.items()}
                new = {n: value for n, value in read.items() if getattr(self.traits, n) != value}
                if new:
                    self.change(**new)
                    self.log("remediated", rule="DWN-9", step=patch.step)

    def is_told_to_restart(self, now, name, within):
        due = now + self.streams.between(f"restart_step/{name}", self.key, 0, max(0, within - 1))
        self.restarts.append(Restart(due, step=name))
        self.restarts.sort(key=lambda restart: restart.due)

    def is_patched(self, now, name, within, traits):
        due = now + self.streams.between(f"patch_step/{name}", self.key, 0, max(0, within - 1))
        self.patches.append(Patch(due, name, traits))
        self.patches.sort(key=lambda patch: patch.due)

    def _patience(self):
        return self.scenario.rules.inactive_after

    def _fall_silent(self):
        """Note whether there is contact: the service computes it, whatever the device does."""
        if self.farewell is not None and self.now >= self.farewell:
            self.farewell, self.is_inactive = None, True
            self.log("went_inactive", rule="OFF-3")
        if not self._is_onboarded():
            self.lost = self.now
            return
        is_overdue = self.lost is not None and self.now >= self.lost + self._patience()
        if is_overdue and not self.is_inactive:
            self.is_inactive = True
            self.log("went_inactive", rule="MON-3")
        if not self.on.holds(self.now) or self.is_stopped:
            self.lost = self.now if self.lost is None else self.lost
            return
        self.lost = None
        if self.is_inactive:
            self.is_inactive, self.told = False, None
            self.log("active_again", rule="MON-3")
            self.outcome("active_again")

    def joins_the_service(self):
        self.serves_since = self.now
        self.is_stopped, self.is_inactive, self.farewell = False, False, None

    def leaves_the_service(self):
        self.is_stopped, self.farewell = False, self.now + self._patience()


def _read(name, value):
    """Return a patched value as the traits hold it."""
    kind = TRAITS[name].kind
    if kind in (TraitKind.DATE, TraitKind.TRUTH_OR_DATE) and isinstance(value, str):
        return date.fromisoformat(value)
    return value
