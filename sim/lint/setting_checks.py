"""Client settings for Server 2012 R2 and 2016: left alone, without effect, in each other's way."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from sim.lint.changes import meant
from sim.lint.finding import Finding
from sim.lint.prospects import Prospect
from sim.lint.site_history import DEFAULT_CLIENT
from sim.lint.survey import Loc, Survey
from sim.reference.routes import MDE_CLIENT_SINCE
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.reference.versions import client_version_number
from sim.text.numbers import plural


def _servers(survey: Survey) -> Iterator[tuple[int, Prospect]]:
    """Yield the older servers that a deployment reaches and that have no MDE client yet."""
    for number, prospect in enumerate(survey.prospects.all):
        device = survey.ground.fleet.devices[number]
        is_open = prospect.deployment is not None and prospect.route is not None
        if is_open and device.os in DOWN_LEVEL_SERVERS and "mde_client" not in device.agent:
            yield number, prospect


def legacy_default(survey: Survey) -> Iterator[Finding]:
    """Yield servers left on the default where the MDE client is meant, or values lack (DWN-1)."""
    plans_new_agent = any(
        change.value == "mde_client"
        for changes in survey.site.setting_values.values()
        for change in changes
    )
    groups: dict[int, list[int]] = defaultdict(list)
    for number, prospect in _servers(survey):
        assert prospect.deployment is not None
        at = prospect.deployment.since
        choice, setting = survey.prospects.setting_meant(number, at)
        lacks_values = survey.prospects.workspace_meant(prospect.deployment.what, at) == "missing"
        if choice == DEFAULT_CLIENT and not setting and (plans_new_agent or lacks_values):
            groups[prospect.deployment.coming.number].append(number)
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server is', 'servers are')} left on the default setting,"
        what += " the legacy agent, when the policy comes"
        advice = "deploy a client setting with downlevel_client: mde_client to them first"
        yield survey.find("LNT-801", ("plan", step, "deploy"), what, advice, devices=devices)


def settings_without_effect(survey: Survey) -> Iterator[Finding]:
    """Yield servers whose MDE client setting comes to nothing for a version's sake (DWN-3)."""
    groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for number, prospect in _servers(survey):
        assert prospect.route is not None
        assert prospect.deployment is not None
        if prospect.route.rule == "DWN-3":
            at = prospect.deployment.since
            name = survey.prospects.setting_meant(number, at)[1]
            version = client_version_number(meant(survey.site.versions, at))
            groups[name, version < MDE_CLIENT_SINCE].append(number)
    for (name, is_old_site), devices in sorted(groups.items()):
        whose = "the site is" if is_old_site else "their ConfigMgr clients are"
        what = f"{name} does not bring the MDE client to"
        what += f" {plural(len(devices), 'server')}: {whose} older than 2207"
        verb = "set_site_version" if is_old_site else "set_client_version"
        advice = f"update to 2207 or later before the policy comes, with {verb}"
        yield survey.find("LNT-802", _loc(survey, name), what, advice, devices=devices)


def _loc(survey: Survey, name: str) -> Loc:
    names = [setting.name for setting in survey.scenario.client_settings]
    return "client_settings", names.index(name), "downlevel_client"


def equal_priorities(survey: Survey) -> Iterator[Finding]:
    """Yield settings of one priority that reach the same devices (DWN-6)."""
    numbered = enumerate(survey.scenario.client_settings)
    for (_, one), (number, other) in combinations(numbered, 2):
        both = survey.belonging.meant(one.collection, 0) & survey.belonging.meant(
            other.collection, 0
        )
        if one.priority == other.priority and both:
            what = f"{one.name} and {other.name} have priority {one.priority} and share"
            what += f" {plural(len(both), 'device')}"
            advice = "give them different priorities; the lowest number wins"
            loc: Loc = ("client_settings", number, "priority")
            yield survey.find("LNT-803", loc, what, advice, devices=both)


def settings_on_other_systems(survey: Survey) -> Iterator[Finding]:
    """Yield settings on systems that they do not concern (DWN-8)."""
    devices = survey.ground.fleet.devices
    for number, setting in enumerate(survey.scenario.client_settings):
        loc: Loc = ("client_settings", number, "collection")
        members = survey.belonging.meant(setting.collection, 0)
        concerned = [n for n in members if devices[n].os in DOWN_LEVEL_SERVERS]
        changes = survey.site.setting_values[setting.name]
        old_clients = [n for n in members if devices[n].os == "windows-8.1"]
        if members and not concerned:
            what = f"{setting.name} has no effect: {setting.collection} holds neither Server 2012"
            what += " R2 nor 2016"
            yield survey.find("LNT-804", loc, what, "deploy it to those servers", devices=members)
        elif old_clients and any(change.value == "mde_client" for change in changes):
            what = f"{setting.name} has no effect on {plural(len(old_clients), 'device')} with"
            what += " Windows 8.1: they take MMA all the same"
            advice = "give the policy workspace ID and key for them"
            yield survey.find("LNT-804", loc, what, advice, devices=old_clients)
