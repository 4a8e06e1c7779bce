"""The site as the naive model sees it: the plan's steps carried out from the beginning."""

from dataclasses import dataclass

from sim.language.query_parser import parse_query
from sim.scenario.steps import step_verb


@dataclass
class Deployed:
    number: int
    policy: str
    collection: str
    since: int
    until: int | None = None
    evaluate_every: int | None = None


class SiteThen:
    """The site at one instant: the plan's steps up to it, carried out from the beginning."""

    def __init__(self, scenario, members, steps):
        self.members = dict(members)
        self.deployments = []
        self.paused = set()
        self.scripts = []
        """(package, collection, step) of each one-time script that is to run."""
        self.workspaces = {}
        for policy in scenario.policies:
            values = policy.workspace
            both = ("swapped", "swapped") if values == "swapped" else (values.id, values.key)
            self.workspaces[policy.name] = list(both)
        ranked = sorted(scenario.client_settings, key=lambda setting: setting.priority)
        self.settings = {one.name: [one.collection, one.downlevel_client] for one in ranked}
        self.outside = {one.collection: one.install_outside_windows for one in reversed(ranked)}
        self.names = {id(one): one.name or f"plan[{n}]" for n, one in enumerate(scenario.plan)}
        for second, step in steps:
            getattr(self, step_verb(step))(second, step)

    def active(self, policy, collection):
        for one in self.deployments:
            if one.until is None and (one.policy, one.collection) == (policy, collection):
                return one
        return None

    def deploy(self, second, step):
        for collection in step.to:
            if self.active(step.deploy, collection) is None:
                number = len(self.deployments)
                every = step.evaluate_every
                one = Deployed(number, step.deploy, collection, second, None, every)
                self.deployments.append(one)

    def undeploy(self, second, step):
        for collection in step.from_:
            if self.active(step.undeploy, collection) is not None:
                self.active(step.undeploy, collection).until = second

    def set_workspace(self, second, step):
        for place, value in enumerate((step.id, step.key)):
            if value is not None:
                self.workspaces[step.set_workspace][place] = value

    def pause(self, second, step):
        self.paused.add(step.pause)

    def resume(self, second, step):
        self.paused.discard(step.resume)

    def set_client_setting(self, second, step):
        self.settings[step.set_client_setting][1] = step.downlevel_client

    def runs(self, package, collection):
        """Return the name of the step that has a script run on a collection, or None."""
        found = [name for one, where, name in self.scripts if (one, where) == (package, collection)]
        return found[0] if found else None

    def run_script(self, second, step):
        for collection in step.on:
            if self.runs(step.run_script, collection) is None:
                self.scripts.append((step.run_script, collection, self.names[id(step)]))

    def remove_script(self, second, step):
        for collection in step.from_:
            name = self.runs(step.remove_script, collection)
            if name is not None:
                self.scripts.remove((step.remove_script, collection, name))

    def restart(self, second, step):
        """Only the devices notice it."""

    def patch(self, second, step):
        """Only the devices notice it."""

    def set_client_version(self, second, step):
        """Only the devices notice it."""

    def policies_on(self, collection):
        return [
            one.policy
            for one in self.deployments
            if one.until is None and one.collection == collection
        ]

    def reaching(self, device):
        found = {}
        for one in self.deployments:
            if one.until is None and device in self.members[one.collection]:
                found.setdefault(one.policy, one)
        return found

    def scripts_for(self, device):
        """Return the packages whose script is to run on a device, each with the step's name."""
        found = {}
        for package, collection, name in self.scripts:
            if device in self.members[collection]:
                found.setdefault(package, name)
        return found

    def scripts_on(self, collection):
        return [name for _, where, name in self.scripts if where == collection]

    def collections_of(self, device):
        return frozenset(name for name, members in self.members.items() if device in members)

    def workspace(self, policy):
        for value, word in (("absent", "missing"), ("swapped", "swapped"), ("wrong", "wrong")):
            if value in self.workspaces[policy]:
                return word
        return "present"

    def downlevel_client(self, device):
        for collection, choice in self.settings.values():
            if device in self.members[collection]:
                return choice
        return "mma"

    def installs_outside_windows(self, device):
        """Return what the setting that rules a device says of agent installs (TIM-5)."""
        for collection, _ in self.settings.values():
            if device in self.members[collection]:
                return self.outside[collection]
        return False


class Membership:
    """Which devices are in which collection, evaluated one collection at a time (TIM-4)."""

    def __init__(self, setting, fate):
        self.setting, self.fate = setting, fate
        self.fleet = setting.fleet
        self.keys = setting.fleet.keys.tolist()
        self.collections = {one.name: one for one in setting.scenario.collections}
        labels = setting.fleet.label_names
        self.queries = {
            name: parse_query(one.members, labels)
            for name, one in self.collections.items()
            if isinstance(one.members, str) and one.members != "managed"
        }

    def in_order(self):
        """Return all collections, each after those it depends on."""
        found = []

        def add(name):
            one = self.collections[name]
            for other in (*([one.limit_to] if one.limit_to else []), *one.include, *one.exclude):
                add(other)
            if name not in found:
                found.append(name)

        for name in self.collections:
            add(name)
        return found

    def evaluate(self, name, members, traits):
        """Return the numbers of a collection's members.

        *members* are those that other collections are known to have, *traits* the traits of each
        device that is there now.
        """
        one = self.collections[name]
        managed = {number for number, device in traits.items() if device.is_managed}
        within = set(members[one.limit_to]) if one.limit_to else managed
        found = self._named(one, within, traits) & within
        if one.sample is not None:
            found = {number for number in found if self._is_sampled(number, one.sample)}
        for other in one.include:
            found |= members[other] & within
        for other in one.exclude:
            found -= members[other]
        return frozenset(found & managed)

    def _named(self, one, within, traits):
        if isinstance(one.members, tuple):
            wanted = {name.casefold() for name in one.members}
            return {number for number, device in traits.items() if device.name.casefold() in wanted}
        if one.name in self.queries:
            query = self.queries[one.name]
            seen = {n: self.fleet.traits_of(device) for n, device in traits.items() if n in within}
            return {number for number, device in seen.items() if query.matches(device)}
        if one.members is None and one.limit_to is None and one.include:
            return set()
        return within

    def _is_sampled(self, number, share):
        return self.fate.happens("collection_sample", self.keys[number], share)
