"""What happens to a device of the naive model from outside, independent of its policies."""

from dataclasses import dataclass
from datetime import date

from sim.reference.systems import OPERATING_SYSTEMS, default_edition
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


@dataclass
class ClientUpgrade:
    """A new version of the ConfigMgr client on its way (TIM-8)."""

    version: str
    step: str
    since: int
    """A poll from then on brings it."""
    stage: str = "poll"
    due: int = NEVER


class NaiveEvents:
    """A part of `NaiveDevice`."""

    def schedule_events(self):
        self.has_joined = self.joined == 0
        self.returns = self.calendar.client_return(self.traits.client)
        self.restarts, self.patches, self.upgrade = [], [], None
        self.sleeps = False
        """Whether its work waits for power: it is not busy meanwhile."""
        self.restart_by_calendar()

    def restart_by_calendar(self):
        """List the restarts that its days bring from now on; what waits already stays."""
        stays = [one for one in self.restarts if one.step or one.due <= self.now]
        daily = [Restart(instant) for instant in self.calendar.daily_restarts()]
        updates = [Restart(instant, True) for instant in self.calendar.update_restarts()]
        later = [one for one in (*daily, *updates) if one.due > self.now]
        self.restarts = sorted([*stays, *later], key=lambda restart: restart.due)

    def events_later(self):
        """Yield the instants that are known now; instants in the past have no effect."""
        for one in (*self.restarts, *self.patches):
            yield one.due if one.due > self.now else self._instant_of(one)
        if self.upgrade is not None and self.upgrade.stage != "poll":
            due = self.upgrade.due
            yield due if due > self.now else self.on.first(self.now)
        yield self.on.first(max(self.returns, self.now))
        yield from self.serves_later()
        yield from self.silences_later()

    def _instant_of(self, one):
        instant = max(one.due, self.now)
        if isinstance(one, Restart) and one.in_window:
            return self.free(instant, self.least, self.windows("all", "updates"))
        if isinstance(one, Patch) and "presence" in one.traits:
            return instant
        return self.on.first(instant)

    def _time_of(self, patch):
        """Return when a patch can be applied; of several in one second the first told is first."""
        return patch.due if "presence" in patch.traits else self.on.first(patch.due)

    def apply_due_events(self):
        if self.now == self.joined:
            if not self.has_joined:
                self.has_joined = True
                is_awaited = self.world.site.would_hold(self.number)
                self.log("joined", cause="awaiting_collection" if is_awaited else "")
                self.world.site.joins(self.number)
            self.look()
        if self.work is None or self.sleeps:
            if self.on.holds(self.now):
                self._return()
                self.serve()
                self._restart()
            self._patch()
            if self.on.holds(self.now):
                self._upgrade()
        self.look()
        self.fall_silent()

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
        for patch in sorted(self.patches, key=self._time_of):
            if patch in self.patches and self._instant_of(patch) == self.now:
                self._carry_out(patch)

    def _carry_out(self, patch):
        """Set traits. What waited for power is older, and comes before the rest of this one."""
        self.patches.remove(patch)
        new = self._new_values(patch)
        if not new:
            return
        habits = {n: value for n, value in new.items() if n in ("presence", "location")}
        waiting = [one for one in self.patches if one.due <= self.now]
        sets_more = bool(patch.traits.keys() - {"presence", "location"})
        if "presence" in habits and sets_more and waiting:
            self.change(**habits)
            self.change_habits()
            if "location" in habits:
                self.move_download()
            for older in waiting:
                if self._instant_of(older) == self.now:
                    self._carry_out(older)
            new = self._new_values(patch)
        self._set(new, patch.step)

    def _new_values(self, patch):
        read = {name: _read(name, value) for name, value in patch.traits.items()}
        return {n: value for n, value in read.items() if getattr(self.traits, n) != value}

    def _set(self, new, step):
        """Change traits; some repairs count from the next restart only (DWN-10, DWN-11)."""
        rule = self._rule_of_restart(new)
        self.log("remediated", rule=rule or "DWN-9", step=step)
        if rule:
            new = new | {"restart_pending": True}
            self.outcome("restart_pending", rule, self.now)
        if "os" in new:
            new = new | self._kind_of(new["os"])
            self.is_broken = self.is_broken or bool(self.means & {"mma", "mde_client"})
        self.change(**new)
        if new.keys() & {"presence", "location", "os"}:
            self.change_habits()
        if "location" in new:
            self.move_download()
        self.look()

    def _rule_of_restart(self, new):
        traits = self.traits
        was_off = traits.os == "server-2016" and traits.antivirus in ("not_installed", "disabled")
        if was_off and new.get("antivirus") in ("enabled", "outdated"):
            return "DWN-10"
        if new.get("dotnet") is True:
            return "DWN-10"
        return "DWN-11" if new.get("installer_defect") is False else ""

    def _kind_of(self, os):
        """Return what follows from another system: build, product type and edition."""
        new, traits = OPERATING_SYSTEMS[os], self.traits
        found = {"build": new.build}
        if (traits.product_type == "client") != (new.product_type == "client"):
            found |= {"product_type": new.product_type, "edition": default_edition(new)}
        return found

    # a new version of the ConfigMgr client

    def is_told_to_upgrade(self, now, name, version):
        """Take note of a version; it replaces one that waits."""
        self.upgrade = ClientUpgrade(version, name, now)

    def _upgrade(self):
        """Carry an upgrade on: at a poll it begins, in windows it takes two of them (TIM-8)."""
        upgrade = self.upgrade
        if upgrade is None:
            return
        if not self.hears():
            upgrade.stage, upgrade.since, upgrade.due = "poll", self.now + 1, NEVER
            return
        is_here = self.polled is not None and self.polled >= upgrade.since
        if upgrade.stage == "poll" and is_here:
            self._begin_upgrade(upgrade)
        if upgrade.stage == "download" and upgrade.due <= self.now:
            windows = self.windows()
            around = windows and windows.around(self.now)
            upgrade.stage = "install"
            upgrade.due = self.free(around[1] if around else self.now, self.least, windows)
        if upgrade.stage == "install" and upgrade.due <= self.now:
            upgrade.due = self.free(self.now, self.least, self.windows())
            if upgrade.due == self.now:
                self.upgrade = None
                if self.traits.client_version != upgrade.version:
                    self.log("remediated", rule="TIM-8", step=upgrade.step)
                    self.change(client_version=upgrade.version)

    def _begin_upgrade(self, upgrade):
        windows = self.windows()
        if windows is not None:
            upgrade.stage, upgrade.due = "download", self.free(self.now, 1, windows)
            return
        longest = self.assumed["client_upgrade_window"]
        due = self.now + self.draw("client_upgrade", 1, longest)
        upgrade.stage, upgrade.due = "install", self.on.first(due)

    def is_told_to_restart(self, now, name, within):
        due = now + self.streams.between(f"restart_step/{name}", self.key, 0, max(0, within - 1))
        self.restarts.append(Restart(due, step=name))
        self.restarts.sort(key=lambda restart: restart.due)

    def is_patched(self, now, name, within, traits):
        due = now + self.streams.between(f"patch_step/{name}", self.key, 0, max(0, within - 1))
        self.patches.append(Patch(due, name, traits))


def _read(name, value):
    """Return a patched value as the traits hold it."""
    kind = TRAITS[name].kind
    if kind in (TraitKind.DATE, TraitKind.TRUTH_OR_DATE) and isinstance(value, str):
        return date.fromisoformat(value)
    return value
