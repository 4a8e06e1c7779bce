"""Contact of a device of the naive model with the service, and what console and portal make of it.

Looked at in every second in which the device does anything: is it on, does its service run, is the
path open, is there a means of reporting that it has registered with (CON-1 to CON-5, FLT-6, MON-3).
"""

from sim.reference.causes import CAUSES
from sim.reference.routes import mma_outdated
from sim.reference.systems import OPERATING_SYSTEMS, level
from tests.kernel.oracle_spans import NEVER


class Service:
    """A part of `NaiveDevice`."""

    def begin_to_serve(self):
        traits = self.traits
        self.means = {self.own_means()} if traits.onboarded else set()
        self.mma_values = "present"
        self.serves_since = self.contact_since = self.joined
        self.is_broken = False
        """Whether its system was upgraded under an agent: its service does not run (UPG-1)."""
        self.is_stopped = traits.onboarded and not traits.sensor_running
        self.outages = list(self.calendar.outages())
        self.repaired = self.calendar.first_repair() if self.is_stopped else NEVER
        self.impediment = ""
        carried = {one.payload_name: one.connectivity for one in reversed(self.scenario.packages)}
        self.streamlined = {name for name, kind in carried.items() if kind == "streamlined"}
        self.lost = self.joined
        """When contact was lost; None while there is contact."""
        if traits.onboarded and self.joined == 0:
            last = self.calendar.site_second(traits.last_contact, self.joined)
            self.lost = min(self.joined, last)
        self.is_inactive = traits.onboarded and self.lost <= -self._patience()
        self.listed_from = self.joined if traits.onboarded else NEVER
        """From when on the portal has a record of it; NEVER while there is none."""
        self.is_record_inactive = self.is_inactive
        self.record_since, self.record_rule = None, ""
        """Since when its record is no longer that of an onboarded device, and by which rule."""
        self.was_heard = self.hears()
        is_deaf = traits.onboarded and traits.is_managed and not self.was_heard
        self.deaf_since = self.lost if is_deaf else None
        """The last contact before its ConfigMgr client ceased to work, until the console ages."""

    def _patience(self):
        return self.scenario.rules.inactive_after

    def is_up_level(self):
        return level(OPERATING_SYSTEMS.get(self.traits.os)) == "up_level"

    def own_means(self):
        """Return through what the device reports as it is now."""
        if self.is_up_level():
            return "sensor"
        return "mma" if self.lacks("mde_client") else "mde_client"

    # what keeps it from reporting

    def _obstacle(self):
        """Return the first cause that keeps an onboarded device from reporting."""
        found = [self._obstacle_of(means) for means in ("mde_client", "sensor", "mma")
                 if means in self.means]  # fmt: skip
        causes = [] if "" in found else found[:1]
        if self.traits.elam_driver == "disabled":
            causes.append("elam_driver_disabled")
        if self.is_stopped or self.is_broken:
            causes.append("service_stopped")
        return min(causes, key=CAUSES.index, default="")

    def _obstacle_of(self, means):
        """Return what keeps one means from reporting; its path to the service is part of it."""
        traits = self.traits
        if means == "mma" and self.mma_values != "present":
            return f"workspace_{self.mma_values}"
        if means != "sensor" and self.lacks(means):
            return "agent_missing"
        if means == "mma" and mma_outdated(traits.agent_version):
            return "agent_outdated"
        if means == "sensor" and traits.sensor == "absent":
            return "sensor_missing"
        is_streamlined = means != "mma" and self.payload in self.streamlined
        path = traits.network_streamlined if is_streamlined else traits.network
        return "network_blocked" if path == "blocked" else ""

    def look(self):
        """Note when an obstacle begins, changes or ends; it ends when the computer is on."""
        if not self.organization or not self.is_there():
            return
        cause = self._obstacle()
        if cause == self.impediment or (not cause and not self.on.holds(self.now)):
            return
        self._note(cause)
        event = "contact_lost" if cause else "contact_restored"
        self.log(event, cause=cause, rule="CON-1")
        self.outcome(event, cause, self.now)

    def _note(self, cause):
        """Take up a cause without a row of its own."""
        if cause and self.lost is None:
            self.lost = self.now
        self.impediment = cause

    # the service stops by itself and is repaired (FLT-6)

    def serve(self):
        """What happened before it onboarded has no effect; a broken service does not stop."""
        while self.organization and not self.is_broken:
            if self.is_stopped:
                if self.repaired > self.now:
                    return
                self._service("agent_recovered", stops=False, at=self.repaired)
                continue
            self._pass_over()
            if not self.outages or self.on.first(self.outages[0][0]) > self.now:
                return
            stop, self.repaired = self.outages.pop(0)
            self._service("agent_stopped", stops=True, at=stop)

    def _pass_over(self):
        """Leave out stops from before it registered, and those that nobody noticed."""
        while self.outages:
            stop, recovery = self.outages[0]
            is_unnoticed = recovery <= self.now and self.on.first(stop) >= recovery
            if stop >= self.serves_since and not is_unnoticed:
                return
            self.outages.pop(0)

    def _service(self, event, *, stops, at):
        self.is_stopped = stops
        self.log(event, cause="service_stopped", rule="FLT-6")
        self.outcome(event, self.now)
        cause = self._obstacle()
        if stops:
            if self.lost is None:
                self.lost = max(at, self.contact_since)
            self._note(cause)
        else:
            self.serves_since = at
            if cause:
                self.look()
            else:
                self._note("")

    def serves_later(self):
        """Yield the instants, as far as they are known now, at which the service does something."""
        if not self.organization or self.is_broken:
            return
        if self.is_stopped:
            yield self.on.first(max(self.repaired, self.now))
            return
        for stop, recovery in self.outages:
            noticed = self.on.first(stop)
            if stop >= self.serves_since and noticed < recovery:
                yield max(noticed, self.now)
                return

    # silence

    def fall_silent(self):
        """Note whether there is contact: the service computes it, whatever the device does."""
        if self.organization:
            self._follow_contact()
        else:
            self.lost = self.now
            self.keep_record()
        self._age()

    def _follow_contact(self):
        is_overdue = self.lost is not None and self.now >= self.lost + self._patience()
        if is_overdue and not self.is_inactive:
            self.is_inactive = self.is_record_inactive = True
            self.log("went_inactive", rule="MON-3")
        if not self.on.holds(self.now) or self.impediment:
            self.lost = self.now if self.lost is None else self.lost
            return
        if self.lost is not None:
            self.lost, self.contact_since = None, self.now
        if self.is_inactive:
            self.is_inactive = self.is_record_inactive = False
            self.log("active_again", rule="MON-3")
            self.outcome("active_again", self.now)

    def _age(self):
        """Let the console's picture age where the ConfigMgr client does not work (CON-3)."""
        hears = self.hears()
        if hears:
            self.deaf_since = None
        elif self.was_heard and self.traits.is_managed and self.organization:
            self.deaf_since = self.now if self.lost is None else self.lost
        self.was_heard = hears
        if self.deaf_since is not None and self.now >= self.deaf_since + self._patience():
            self.deaf_since = None
            if self.organization and not self.is_inactive:
                self.log("went_inactive", rule="CON-3")
                self.unsent = not self.is_unwritten

    def silences_later(self):
        if self.organization and not self.is_inactive and self.lost is not None:
            yield self.lost + self._patience()
        if self.deaf_since is not None:
            yield self.deaf_since + self._patience()
        yield from self.record_later()

    # registrations, and the records of the portal

    def joins_the_service(self, means):
        self.means.add(means)
        self.serves_since = self.contact_since = self.now
        self.is_stopped = self.is_inactive = False
        self.impediment, self.repaired = "", NEVER
        self.lost, self.record_since = None, None

    def leaves_the_service(self):
        """Keep the portal's record of an offboarded device, as old as its contact (OFF-3)."""
        self.record_since = self.now if self.lost is None else self.lost
        self.record_rule = "OFF-3"
        self.means, self.impediment = set(), ""
        self.is_stopped = self.is_broken = self.is_inactive = False

    def retires(self):
        """Leave the console at once; the portal keeps what it has (CON-5)."""
        if self.record_since is None:
            self.record_since = self.now if self.lost is None else self.lost
        self.record_rule = "CON-5"
        if self.listed_from >= self.now:
            self.record_since = None

    def record_later(self):
        if self.record_since is not None:
            if not self.is_record_inactive:
                yield self.record_since + self._patience()
            yield self.record_since + self.scenario.rules.portal_retention

    def keep_record(self):
        """Let a record become inactive, and drop it in the end (CON-5)."""
        if self.record_since is None:
            return
        if self.now >= self.record_since + self._patience() and not self.is_record_inactive:
            self.is_record_inactive = True
            self.log_record("went_inactive", self.record_rule)
        if self.now >= self.record_since + self.scenario.rules.portal_retention:
            self.record_since, self.listed_from = None, NEVER
            self.log_record("portal_removed", "CON-5")

    def log_record(self, event, rule):
        if self.now < self.scenario.horizon:
            self.rows.append((self.now, self.name, event, "", rule, "", "", "", ""))
