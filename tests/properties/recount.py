"""The measures counted again, slowly and plainly, from the rows of the log and the fleet alone."""

from collections import Counter
from collections.abc import Iterable

from sim.fleet.device import patch_values, with_values
from sim.reference.causes import CAUSES
from sim.reference.routes import ROUTE_OF_RULE, eligibility
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario

SITE = ("joined", "retired", "member_added", "member_removed", "targeted", "untargeted")
FAILURES = ("policy_failed", "install_failed", "onboarding_failed", "offboarding_failed")
TILES = ("healthy", "agent_stopped", "not_onboarded", "inactive")


class Life:
    """One device, told from its rows up to an instant."""

    def __init__(self, device, scenario: Scenario, present: bool, is_silent: bool) -> None:
        self.scenario = scenario
        self.kinds = {policy.name: policy.kind for policy in scenario.policies}
        self.sharing = {policy.name: policy.sample_sharing for policy in scenario.policies}
        self.collections: set[str] = set()
        self.deployments: list[tuple[str, str]] = []
        ours = device.onboarded and device.organization == scenario.organization
        self.own = {
            "onboarded": ours,
            "offboarded": False,
            "applied": False,
            "failure": None,
            "payload": device.payload if device.onboarded else "",
            "agents": {word for word in ("mma", "mde_client") if word in device.agent},
            "sharing": "",
            "running": device.sensor_running,
            "silent": is_silent,
            "impediment": "",
        }
        self.present, self.retired = present, False
        self.sets: dict = {}
        """Traits that were set during the run."""
        self.heard = {"portal": self.record() if ours else None}
        self.heard["console"] = dict(self.own) if ours and device.is_managed else None

    def record(self) -> dict:
        """Return what the portal has of the device: nothing about its service or its path."""
        return self.own | {"running": True, "impediment": ""}

    def policies(self) -> set[str]:
        return {policy for policy, _ in self.deployments}

    def take(self, row) -> None:
        event, policy = row["event"], row["policy"]
        if event == "member_added":
            self.collections.add(row["collection"])
        elif event == "targeted":
            if policy not in self.policies():
                self.drop_failure_of(policy)
            self.deployments.append((policy, row["collection"]))
        elif event == "untargeted":
            self.deployments.remove((policy, row["collection"]))
        elif event == "reported":
            self.heard["console"] = dict(self.own)
        elif event == "portal_seen":
            self.heard["portal"] = self.record()
        elif event == "portal_removed":
            self.heard["portal"] = None
        elif event in ("joined", "retired"):
            self.present, self.retired = event == "joined", event == "retired"
        elif event in ("went_inactive", "active_again") and row["rule"] != "FLT-1":
            self.hush(event == "went_inactive", row["rule"])
        elif event == "active_again" or (event == "remediated" and row["rule"] == "FLT-1"):
            self.sets["client"] = "active"
        elif event == "remediated":
            self.patch(row["step"])
        elif event == "member_removed":
            self.collections.remove(row["collection"])
        else:
            self.act(event, policy, row)

    def patch(self, step) -> None:
        (patch,) = [one.patch for one in self.scenario.plan if one.name == step]
        self.sets |= dict(patch_values(patch))
        if "agent" in patch:
            self.own["agents"] = {w for w in ("mma", "mde_client") if w in patch["agent"]}

    def hush(self, silent, rule) -> None:
        views = ("console", "portal") if silent else ("portal",)
        alone = {"OFF-3": ("portal",), "CON-5": ("portal",), "CON-3": ("console",)}
        for view in alone.get(rule, views):
            if self.heard[view]:
                self.heard[view] = self.heard[view] | {"silent": silent}
        if rule not in alone:
            self.own["silent"] = silent

    def drop_failure_of(self, policy) -> None:
        if self.own["failure"] and self.own["failure"][1] == policy:
            self.own["failure"] = None

    def act(self, event, policy, row) -> None:
        own = self.own
        if event in ("policy_evaluated", "policy_applied", "onboarded", "offboarded"):
            own["failure"] = None
        if event in ("onboarded", "offboarded", "contact_restored"):
            own["impediment"] = ""
        if event == "contact_lost":
            own["impediment"] = row["cause"]
        elif event == "policy_applied":
            own |= {"applied": True, "sharing": self.sharing[policy]}
        elif event == "onboarded":
            own |= {"onboarded": True, "offboarded": False, "running": True, "silent": False}
            own["payload"] = row["payload"]
        elif event == "offboarded":
            own |= {"onboarded": False, "offboarded": True, "applied": False}
            own |= {"payload": "", "sharing": "", "running": True, "silent": False}
        elif event in ("agent_stopped", "agent_recovered"):
            own["running"] = event == "agent_recovered"
            if own["running"] and own["impediment"] == "service_stopped":
                own["impediment"] = ""
        elif event in FAILURES:
            own["failure"] = (row["cause"], policy)
        elif event == "policy_conflict" and len({self.kinds[p] for p in self.policies()}) > 1:
            own["failure"] = ("policy_conflict", policy)
        elif event == "agent_installed":
            own["agents"] = own["agents"] | {ROUTE_OF_RULE[row["rule"]]}
        elif event == "agent_removed":
            own["agents"] = own["agents"] - {"mma"}


SILENT = {
    "onboarded": False,
    "offboarded": False,
    "applied": False,
    "failure": None,
    "payload": "",
    "agents": set(),
    "sharing": "",
    "running": True,
    "silent": False,
    "impediment": "",
}
NO_SERVICE = ("sensor_missing", "elam_driver_disabled", "service_stopped")
"""Impediments that count as a service that does not run."""


def lives(rows: Iterable[dict], devices: Iterable[Device], scenario: Scenario, at: int) -> dict:
    """Return every device's life as it stood at an instant: all before, and the site's acts at."""
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    told = {device.name: _at_start(device, scenario, clock) for device in devices}
    seen = [row for row in rows if row["time"] < at or (row["time"] == at and row["event"] in SITE)]
    for row in sorted(seen, key=lambda row: (row["time"], row["event"] not in SITE)):
        if row["device"]:
            told[row["device"]].take(row)
    return told


def _at_start(device: Device, scenario: Scenario, clock: SiteClock) -> Life:
    """Return a device's life at the start: not there if it joins later, silent if long unheard."""
    joined = device.joined_at is not None and clock.wall_seconds(device.joined_at) > 0
    silent = device.onboarded and device.last_contact is not None and not joined
    if silent:
        silent = -clock.wall_seconds(device.last_contact) >= scenario.rules.inactive_after
    return Life(device, scenario, not joined, silent)


def recount(told: dict, devices, scenario: Scenario, at: int, view: str, inside: str = ""):
    """Return the measures at an instant, of all devices or of those inside a collection."""
    day = SiteClock(scenario.start, scenario.site.time_zone).date_at(at)
    found = []
    for device in devices:
        life = told[device.name]
        device = with_values(device, life.sets)
        is_record = view == "portal" and life.retired and life.heard["portal"]
        is_counted = life.present or is_record
        if not is_counted or (view == "console" and device.managed_by == "intune"):
            continue
        if inside and inside not in life.collections:
            continue
        picture = life.own if view == "device" else life.heard[view]
        found.append(_judge(device, life, picture, scenario, day))
    return _measures(found)


def _judge(device, life: Life, heard, scenario: Scenario, day) -> dict:
    picture = heard or SILENT
    onboarded_to_anyone = life.own["onboarded"] or bool(life.own["payload"])
    refusal = eligibility(
        device,
        subscription=scenario.site.subscription,
        windows_10_minimum=scenario.rules.windows_10_minimum,
        end_of_support=scenario.rules.end_of_support,
        on=day,
        onboarded=onboarded_to_anyone,
    )
    policies = life.policies()
    failure = picture["failure"]
    stands = failure is not None and failure[1] in policies
    if stands and failure[0] == "policy_conflict":
        stands = len({life.kinds[policy] for policy in policies}) > 1
    status = (
        "not_eligible"
        if refusal.refused
        else "offboarded"
        if picture["offboarded"]
        else "onboarded"
        if picture["onboarded"]
        else "not_targeted"
        if not policies
        else "failed"
        if stands
        else "waiting"
    )
    tile = "none"
    if heard and (picture["applied"] or picture["onboarded"]):
        tile = "inactive" if picture["silent"] else "healthy"
        runs = picture["running"] and picture["impediment"] not in NO_SERVICE
        tile = tile if runs else "agent_stopped"
        tile = tile if picture["onboarded"] else "not_onboarded"
    return {
        "status": status,
        "eligible": not refusal.refused,
        "targeted": bool(policies),
        "applied": picture["applied"],
        "cause": min(_causes(picture, stands), key=CAUSES.index, default=""),
        "tile": tile,
        "payload": picture["payload"],
        "agents": picture["agents"],
        "sharing": picture["sharing"] if picture["onboarded"] else "",
    }


def _causes(picture: dict, stands: bool) -> list[str]:
    """Return the failure that stands, and what keeps the device from reporting."""
    causes = [picture["failure"][0]] if stands else []
    causes += [picture["impediment"]] if picture["impediment"] else []
    return causes if picture["running"] else [*causes, "service_stopped"]


def _measures(found: list[dict]) -> dict[tuple[str, str], float | None]:
    def count(choose) -> int:
        return sum(1 for one in found if choose(one))

    def share(part: int, whole: int) -> float | None:
        return None if whole == 0 else 100 * part / whole

    within = [one for one in found if one["eligible"] and one["targeted"]]
    telling = count(lambda one: one["tile"] != "none")
    silent_or_not = count(lambda one: one["tile"] not in ("none", "not_onboarded"))
    values: dict[tuple[str, str], float | None] = {
        ("eligible", ""): count(lambda one: one["eligible"]),
        ("targeted", ""): count(lambda one: one["targeted"]),
        ("policy_applied", ""): count(lambda one: one["applied"]),
        ("agents", ""): count(lambda one: one["agents"]),
        ("sample_sharing", ""): count(lambda one: one["sharing"]),
        ("payload_in_use", ""): count(lambda one: one["payload"]),
        ("gauge_pct", ""): share(silent_or_not, telling),
        ("coverage_pct", ""): share(
            count(lambda one: one["status"] == "onboarded"), count(lambda one: one["eligible"])
        ),
    }
    protected = count(lambda one: one["status"] == "onboarded" and one["tile"] == "healthy")
    values["protected", ""] = protected
    values["protected_pct", ""] = share(protected, count(lambda one: one["eligible"]))
    for status in ("onboarded", "offboarded", "failed", "waiting"):
        values[status, ""] = count(lambda one, status=status: one["status"] == status)
    for status in ("onboarded", "failed", "waiting"):
        part = sum(1 for one in within if one["status"] == status)
        values[f"{status}_pct", ""] = share(part, len(within))
    for tile in TILES:
        part = count(lambda one, tile=tile: one["tile"] == tile)
        values[tile, ""], values[f"{tile}_pct", ""] = part, share(part, telling)
    causes = Counter(one["cause"] for one in found if one["status"] == "failed")
    values |= {("failed", f"cause={cause}"): number for cause, number in causes.items()}
    for payload in {one["payload"] for one in found} - {""}:
        using = count(lambda one, payload=payload: one["payload"] == payload)
        values["payload_in_use", f"payload={payload}"] = using
    return values
