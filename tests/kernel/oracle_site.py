"""The site as the naive model sees it: the plan's steps carried out from the beginning."""

from dataclasses import dataclass


@dataclass
class Deployed:
    number: int
    policy: str
    collection: str
    since: int
    until: int | None = None


class SiteHistory:
    """The site at any instant: the plan's steps up to it, carried out from the beginning."""

    def __init__(self, scenario, members, steps):
        self.scenario = scenario
        self.members = members
        self.steps = steps
        """(second, step) in order."""
        self.known = {}

    def at(self, time):
        done = sum(second <= time for second, _ in self.steps)
        if done not in self.known:
            self.known[done] = SiteThen(self.scenario, self.members, self.steps[:done])
        return self.known[done]


class SiteThen:
    def __init__(self, scenario, members, steps):
        self.members = members
        self.deployments = []
        self.paused = set()
        self.workspaces = {}
        for policy in scenario.policies:
            values = policy.workspace
            both = ("swapped", "swapped") if values == "swapped" else (values.id, values.key)
            self.workspaces[policy.name] = list(both)
        ranked = sorted(scenario.client_settings, key=lambda setting: setting.priority)
        self.settings = {one.name: [one.collection, one.downlevel_client] for one in ranked}
        for second, step in steps:
            getattr(self, verb_of(step))(second, step)

    def active(self, policy, collection):
        for one in self.deployments:
            if one.until is None and (one.policy, one.collection) == (policy, collection):
                return one
        return None

    def deploy(self, second, step):
        for collection in step.to:
            if self.active(step.deploy, collection) is None:
                number = len(self.deployments)
                self.deployments.append(Deployed(number, step.deploy, collection, second))

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

    def reaching(self, device):
        found = {}
        for one in self.deployments:
            if one.until is None and device in self.members[one.collection]:
                found.setdefault(one.policy, one)
        return found

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


def verb_of(step):
    words = {"SetWorkspace": "set_workspace", "SetClientSetting": "set_client_setting"}
    return words.get(type(step).__name__, type(step).__name__.lower())
