"""One device of the naive model, walked through every instant that could matter."""

from bisect import bisect_right
from dataclasses import replace

from tests.kernel.oracle_contact import Service
from tests.kernel.oracle_events import NaiveEvents
from tests.kernel.oracle_policies import Policies
from tests.kernel.oracle_presence import Calendar
from tests.kernel.oracle_scripts import Scripts
from tests.kernel.oracle_spans import NEVER, occurrences
from tests.kernel.oracle_work import Work


class NaiveDevice(NaiveEvents, Policies, Scripts, Service, Work):
    """A device does one thing at a time; what becomes due meanwhile happens afterwards."""

    def __init__(self, number, world):
        self.number, self.world = number, world
        self.setting, self.scenario = world.setting, world.setting.scenario
        self.streams, self.fate, self.assumed = world.streams, world.fate, world.setting.assumed
        self.traits = self.setting.fleet.devices[number]
        self.name, self.own = self.traits.name, self.scenario.organization
        self.key = world.keys[number]
        self.calendar = self._calendar()
        self.joined, self.retired = self.calendar.joined, self.calendar.retired
        self.on, self.connected = self.calendar.on(), self.calendar.connected()
        self.policies = {policy.name: policy for policy in self.scenario.policies}
        self.packages = {package.name: package for package in self.scenario.packages}
        self.rows, self.counts = [], {}
        self.now = -1
        self.schedule_events()
        self.begin_to_work()
        self.begin_to_run()
        self.begin_to_serve()
        self.then, self.polled, self.news = None, None, False
        self.told, self.unsent, self.is_unwritten = None, False, False
        self._lay_out()

    def _calendar(self):
        return Calendar(self.traits, self.key, self.setting, self.streams, self.fate)

    def _lay_out(self):
        """List all polls, slots of messages and changes of power, as its spans are now."""
        self.known_windows = {}
        self.polls, self.messages = self._polls(), self._messages()
        self.walk = sorted({*self.polls, *self.messages, *self._boundaries()})

    def change_habits(self):
        """Live by other hours, at another place or as another system from now on.

        What was is not undone; whatever waits for power or a poll is looked for anew.
        """
        self.calendar = self._calendar()
        self.on = self.on.joined_with(self.calendar.on(), self.now)
        self.connected = self.connected.joined_with(self.calendar.connected(), self.now)
        self._lay_out()
        self.restart_by_calendar()
        if self.sleeps:
            self.wakes = self.on.first(self.now)
        for held in self.held.values():
            held.evaluations = self.evaluations_from(held.first, held.every, held.deployment.policy)
        for package in self.runs:
            if self.runs[package] < NEVER:
                self.runs[package] = self.run_of(package)

    def _polls(self):
        interval, window = (
            self.assumed[name] for name in ("policy_poll_interval", "missed_poll_window")
        )
        phase = self.streams.between("policy_poll_phase", self.key, 0, interval - 1)

        def late(slot):
            return self.streams.between("missed_poll", self.key, 1, max(1, window), slot)

        until = self.scenario.horizon
        return set(occurrences(self.connected, phase, interval, until, late))

    def _messages(self):
        interval = self.assumed["state_message_interval"]
        phase = self.streams.between("state_message_phase", self.key, 0, interval - 1)
        slots = range(phase, self.scenario.horizon, interval)
        return {slot for slot in slots if self.connected.holds(slot)}

    def _boundaries(self):
        spans = (*self.on.spans, *self.connected.spans, (self.joined, self.retired))
        return {instant for span in spans for instant in span if instant >= self.joined}

    # dice

    def draw(self, purpose, low, high):
        number = self._number_of(purpose)
        return self.streams.between(purpose, self.key, low, max(low, high), number)

    def bad_luck(self, share):
        if self.scenario.faults == "none":
            return False
        number = self._number_of(share)
        return self.streams.happens(share, self.key, self.assumed[share], number)

    def _number_of(self, purpose):
        self.counts[purpose] = self.counts.get(purpose, -1) + 1
        return self.counts[purpose]

    def is_fated(self, share):
        """Return whether this device has a permanent fault."""
        if self.scenario.faults == "none":
            return False
        purpose = share.removesuffix("_share")
        return self.fate.happens(purpose, self.key, self.assumed[share])

    # the log, and what is told of it

    def log(self, event, cause="", rule="", policy="", payload="", collection="", step="", at=None):
        time = self.now if at is None else at
        if self.joined <= time < min(self.retired, self.scenario.horizon) or event == "retired":
            self.rows.append(
                (time, self.name, event, cause, rule, policy, payload, collection, step)
            )

    def outcome(self, *told):
        if told != self.told and not self.is_unwritten:
            self.told, self.unsent = told, True

    def send(self):
        """Report what is new; a message sent while the outcome is open does not contain it."""
        if self.unsent and self.hears() and not self.is_unwritten:
            self.log("reported", rule="TIM-3")
            self.unsent = False
            if self.work is not None or (self.pending is not None and not self.pending.has_failed):
                self.told = None

    def hears(self):
        return self.traits.is_managed and self.traits.client == "active"

    def change(self, **traits):
        """Change traits; collections may see it at their next evaluation."""
        self.traits = replace(self.traits, **traits)
        self.world.site.something_changed()

    # one device's life

    def is_there(self):
        return self.joined <= self.now < self.retired

    def wake(self, now):
        """Do whatever there is to do in this second."""
        self.now = now
        if now == self.retired:
            self.log("retired")
            self.retires()
            self.world.site.something_changed()
        if not self.is_there():
            self.look_after_download()
            self.keep_record()
            return
        if now in self.messages:
            self.send()
        self.apply_due_events()
        if now in self.polls and self.hears():
            self.then, self.polled, self.news = self.world.site.view(), now, True
        if self.work is not None and self.wakes == now:
            self.go_on()
        self.look_after_download()
        while self._act():
            pass
        self.look_after_download()

    def _act(self):
        """Do one thing; return whether there may be another."""
        self.apply_due_events()
        if self.work is not None or not self.on.holds(self.now):
            return False
        if self.news:
            self.news = False
            self.notice()
            self.notice_scripts()
        elif (policy := self.due()) is not None:
            self.work = self.evaluate(policy)
            self.go_on()
        elif (script := self.script_due()) is not None:
            self.run_script(script)
        elif self.is_pending_due():
            self.take_up()
        else:
            return False
        return True

    def go_on(self):
        try:
            self.wakes = self.now + next(self.work)
        except StopIteration:
            self.work = None

    def next_instant(self):
        """Return the next second in which something may happen."""
        if self.now >= self.retired:
            later = [instant for instant in self.record_later() if instant > self.now]
            return min(later, default=NEVER)
        place = bisect_right(self.walk, self.now)
        later = self.walk[place : place + 1]
        dynamic = [*self.events_later(), *self.works_later(), *self.runs.values()]
        if self.work is not None:
            dynamic.append(self.wakes)
        return min([*later, *(instant for instant in dynamic if instant > self.now)], default=NEVER)

    # when it is free to do something

    def windows(self, *purposes):
        """Return the maintenance windows as known at the last poll; None when it has none.

        Before its first poll a device knows the site as it was at the start. *purposes* are the
        kinds of windows that bind; without any, windows for all deployments.
        """
        purposes = purposes or ("all",)
        if self.then is None:
            members = self.setting.members
            mine = {name for name, numbers in members.items() if self.number in numbers}
        else:
            mine = self.then.collections_of(self.number)
        names = {
            window.collection
            for window in self.scenario.maintenance_windows
            if window.for_ in purposes
        }
        known = frozenset(mine & names)
        if (known, purposes) not in self.known_windows:
            self.known_windows[known, purposes] = self.calendar.windows(known, purposes)
        return self.known_windows[known, purposes] if known else None

    def free(self, instant, least, windows):
        """Return the first instant from there on at which it is on and a window is long enough.

        Without windows it may be worked on whenever it is on.
        """
        if windows is None:
            return self.on.first(instant)
        for start, end in windows.spans:
            found = self.on.first(max(start, instant))
            if found + least <= end:
                return found
        return NEVER

    @property
    def least(self):
        """What has to be left of a window when an installer starts (TIM-5)."""
        return self.assumed["maintenance_window_minimum"]

    def windows_of_installs(self):
        """Return the windows that agent installs wait for; a client setting may lift them."""
        is_free = self.then is not None and self.then.installs_outside_windows(self.number)
        return None if is_free else self.windows()

    def free_for_work(self, instant):
        return self.free(instant, self.least, self.windows_of_installs())
