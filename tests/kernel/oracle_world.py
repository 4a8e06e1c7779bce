"""All devices of the naive model together, walked through second by second.

In a second the site comes first (collections, then the plan), then the devices in order of name,
then the distribution points give free slots away.
"""

import heapq
from datetime import time, timedelta

from sim.fleet.streams import Streams
from sim.language.moments import OnDate
from sim.reference.refusals import role_refusal, script_refusal
from sim.scenario.steps import step_verb
from sim.units import DAY
from tests.kernel.oracle_device import NaiveDevice
from tests.kernel.oracle_points import points_of
from tests.kernel.oracle_site import Membership, SiteThen
from tests.kernel.oracle_spans import NEVER

POLICY_VERBS = ("deploy", "undeploy", "set_workspace", "pause", "resume")


class World:
    def __init__(self, setting, streams):
        self.setting, self.streams = setting, streams
        self.fate = Streams(setting.scenario.seed, None)
        self.keys = setting.fleet.keys.tolist()
        self.points = points_of(setting)
        self.site = Site(setting, self)
        self.devices = [NaiveDevice(number, self) for number in range(len(setting.fleet))]
        self.agenda = []

    def run(self):
        """Walk through all instants up to the horizon."""
        self._plan_for(self.site)
        for device in self.devices:
            self._plan_for(device)
        while self.agenda and self.agenda[0][0] < self.setting.scenario.horizon:
            self._second(self.agenda[0][0])

    def _second(self, now):
        concerned = set()
        while self.agenda and self.agenda[0][0] == now:
            concerned.add(heapq.heappop(self.agenda)[1])
        if self.site.number in concerned:
            concerned |= {device.number for device in self.site.turn(now)}
            concerned.remove(self.site.number)
            self._plan_for(self.site)
        for number in sorted(concerned):
            self.devices[number].wake(now)
        for point in self.points.values():
            concerned |= {device.number for device in point.grant(now)}
        for number in concerned:
            self._plan_for(self.devices[number])

    def _plan_for(self, one):
        instant = one.next_instant()
        if instant < NEVER:
            heapq.heappush(self.agenda, (instant, one.number))


class Site:
    """The site while time goes by: its plan, and its collections with their members."""

    number = -1

    def __init__(self, setting, world):
        self.setting, self.world, self.scenario = setting, world, setting.scenario
        self.membership = Membership(setting, world.fate)
        self.order = self.membership.in_order()
        self.members = {name: frozenset() for name in self.order}
        self.stale = set()
        self.newcomers = {}
        """When each device joined that the site's full evaluation has not seen yet."""
        self.full_evaluations = self._full_evaluations()
        self.now, self.rows = -1, []
        timed = [
            (setting.clock.seconds(step.at), number, step)
            for number, step in enumerate(self.scenario.plan)
        ]
        self.steps = sorted(timed, key=lambda one: one[:2])
        self.done = []
        self.seen = None

    def next_instant(self):
        later = [second for second, *_ in self.steps if second > self.now]
        later += [self.now - self.now % every + every for every in self._intervals()]
        later += [instant for instant in self.full_evaluations if instant > self.now][:1]
        return min(later)

    def _full_evaluations(self):
        """List when the site evaluates everything: each day at 04:00 by its clock (TIM-4)."""
        first = self.scenario.start.date()
        days = (first + timedelta(days=n) for n in range(self.scenario.horizon // DAY + 2))
        instants = [self.setting.clock.seconds(OnDate(day, time(4))) for day in days]
        return [instant for instant in instants if instant >= 0]

    def _intervals(self):
        words = ("incremental", "full")
        return [self.setting.assumed[f"collection_{word}_interval"] for word in words]

    def view(self):
        """Return the site as a poll of this second finds it."""
        if self.seen is None:
            self.seen = SiteThen(self.scenario, self.members, self.done)
        return self.seen

    def turn(self, now):
        """Do what the site does in this second; return the devices that a step concerns."""
        self.now = now
        spoken_to = []
        if now == 0:
            self.something_changed()
        is_full = now in self.full_evaluations
        newcomers = {number for number, joined in self.newcomers.items() if joined < now}
        for name in self.order:
            if self._is_due(name, now, is_full):
                if name in self.stale:
                    self.stale.discard(name)
                    self._evaluate(name)
            elif is_full and newcomers:
                self._evaluate(name, newcomers)
        if is_full:
            self.newcomers = {n: at for n, at in self.newcomers.items() if n not in newcomers}
        for second, number, step in self.steps:
            if second == now:
                spoken_to += self._carry_out(step, step.name or f"plan[{number}]")
        return spoken_to

    # collections

    def something_changed(self):
        self.stale = set(self.order)

    def joins(self, number):
        self.newcomers[number] = self.world.devices[number].joined
        self.something_changed()

    def _is_due(self, name, now, is_full):
        """Return whether a collection's own schedule has it evaluated now; all are at the start."""
        kind = self.membership.collections[name].evaluation
        if kind == "daily":
            return is_full or now == 0
        incremental, full = self._intervals()
        return now % (incremental if kind == "incremental" else full) == 0

    def _traits(self):
        present = (one for one in self.world.devices if one.has_joined and self.now < one.retired)
        return {device.number: device.traits for device in present}

    def _evaluate(self, name, some=None):
        """Evaluate a collection, for *some* devices alone where only these are looked at."""
        before, traits = self.members[name], self._traits()
        after = self.membership.evaluate(name, self.members, traits)
        if some is not None:
            after = (before - some) | (after & some)
        if after == before:
            return
        self.members = self.members | {name: after}
        self.seen = None
        self.stale |= set(self.order) - {name}
        policies = self.view().policies_on(name)
        for number in sorted(before ^ after):
            is_new = number in after
            device = self.world.devices[number]
            event = "member_added" if is_new else "member_removed"
            device.log(event, rule="TIM-4", collection=name, at=self.now)
            event = "targeted" if is_new else "untargeted"
            for policy in policies:
                device.log(event, policy=policy, collection=name, at=self.now)
            for step in self.view().scripts_on(name):
                device.log(event, rule="UPD-9", collection=name, step=step, at=self.now)

    def would_hold(self, number):
        """Return whether any collection would contain the device if it were evaluated now."""
        members, traits = {}, self._traits()
        for name in self.order:
            members[name] = self.membership.evaluate(name, members, traits)
        return any(number in found for found in members.values())

    # the plan

    def _carry_out(self, step, name):
        verb = step_verb(step)
        policy = getattr(step, verb) if verb in POLICY_VERBS else ""
        who = step.by or self.scenario.site.administrators[0].name
        what = {one.name: one for one in self.scenario.site.administrators}[who]
        refused = role_refusal(step.right, what.roles, what.rights)
        if refused is None and verb == "run_script":
            package = {one.name: one for one in self.scenario.packages}[step.run_script]
            refused = script_refusal(package.kind, package.method)
        if refused is not None:
            row = "step_refused", refused.cause, refused.rule, policy, "", "", name
            self.rows.append((self.now, "", *row))
            return []
        self.rows.append((self.now, "", "step_done", "", "", policy, "", "", name))
        before = self.view()
        self.done = [*self.done, (self.now, step)]
        self.seen = None
        if verb in ("deploy", "undeploy"):
            self._target(before, step, verb, policy)
        if verb in ("run_script", "remove_script"):
            self._target_script(before, step, verb)
        if verb in ("restart", "patch", "set_client_version"):
            return list(self._spoken_to(step, name, verb))
        return []

    def _target(self, before, step, verb, policy):
        event = "targeted" if verb == "deploy" else "untargeted"
        for collection in step.to if verb == "deploy" else step.from_:
            is_there = before.active(policy, collection) is not None
            if is_there == (verb == "undeploy"):
                for number in sorted(self.members[collection]):
                    device = self.world.devices[number]
                    device.log(event, policy=policy, collection=collection, at=self.now)

    def _target_script(self, before, step, verb):
        event = "targeted" if verb == "run_script" else "untargeted"
        package = getattr(step, verb)
        for collection in step.on if verb == "run_script" else step.from_:
            old, new = before.runs(package, collection), self.view().runs(package, collection)
            if (old is None) != (new is None):
                for number in sorted(self.members[collection]):
                    device = self.world.devices[number]
                    words = {"rule": "UPD-9", "collection": collection, "step": old or new}
                    device.log(event, **words, at=self.now)

    def _spoken_to(self, step, name, verb):
        collections = step.restart if verb == "restart" else step.on
        for number in sorted(set().union(*(self.members[one] for one in collections))):
            device = self.world.devices[number]
            if verb == "set_client_version":
                device.is_told_to_upgrade(self.now, name, step.set_client_version)
            elif verb == "restart":
                device.is_told_to_restart(self.now, name, step.within)
            else:
                device.is_patched(self.now, name, step.within, step.patch)
            yield device
