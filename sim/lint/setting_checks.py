"""Client settings for Server 2012 R2 and 2016: left alone, without effect, in each other's way."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.lint.rehearsal import Standing
from sim.reference.routes import MDE_CLIENT_SINCE
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.reference.versions import client_version_number
from sim.scenario.steps import SetClientSetting
from sim.text.numbers import plural


def _servers(analysis: Analysis) -> Iterator[tuple[int, Standing]]:
    """Yield the older servers that a deployment reaches and that have no MDE client yet."""
    for number, one in analysis.witness.standings.items():
        is_open = not one.was_onboarded and "mde_client" not in one.facts.agent
        if is_open and one.facts.device.os in DOWN_LEVEL_SERVERS:
            yield number, one


def _setting_of(analysis: Analysis, number: int) -> str:
    """Return the name of the client setting that rules a device; empty for the default (DWN-6)."""
    ranked = sorted(analysis.scenario.client_settings, key=lambda one: one.priority)
    mine = (one.name for one in ranked if number in analysis.ever_members[one.collection])
    return next(mine, "")


def _choices(analysis: Analysis, setting: str) -> set[str]:
    """Return what a client setting is set to at any time of the plan."""
    first = (o.downlevel_client for o in analysis.scenario.client_settings if o.name == setting)
    steps = (one for one in analysis.scenario.plan if isinstance(one, SetClientSetting))
    return {*first, *(o.downlevel_client for o in steps if o.set_client_setting == setting)}


def legacy_default(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers left on the default where the MDE client is meant, or values lack (DWN-1)."""
    settings = [setting.name for setting in analysis.scenario.client_settings]
    plans_new_agent = any("mde_client" in _choices(analysis, name) for name in settings)
    groups: dict[int, list[int]] = defaultdict(list)
    for number, one in _servers(analysis):
        is_left = one.facts.route.agent == "mma" and not _setting_of(analysis, number)
        if is_left and (plans_new_agent or one.facts.workspace == "missing"):
            groups[one.step].append(number)
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server is', 'servers are')} left on the default setting,"
        what += " the legacy agent, when the policy comes"
        advice = "deploy a client setting with downlevel_client: mde_client to them first"
        yield analysis.find("LNT-801", analysis.steps[step].loc, what, advice, devices=devices)


def settings_without_effect(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers whose MDE client setting comes to nothing because of a version (DWN-3)."""
    groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for number, one in _servers(analysis):
        if one.facts.route.rule == "DWN-3":
            is_old_site = client_version_number(one.site_version) < MDE_CLIENT_SINCE
            groups[_setting_of(analysis, number), is_old_site].append(number)
    for (name, is_old_site), devices in sorted(groups.items()):
        whose = "the site is" if is_old_site else "their ConfigMgr clients are"
        what = f"{name} does not bring the MDE client to"
        what += f" {plural(len(devices), 'server')}: {whose} older than 2207"
        verb = "set_site_version" if is_old_site else "set_client_version"
        advice = f"update to 2207 or later before the policy comes, with {verb}"
        names = [setting.name for setting in analysis.scenario.client_settings]
        loc: Loc = ("client_settings", names.index(name), "downlevel_client")
        yield analysis.find("LNT-802", loc, what, advice, devices=devices)


def equal_priorities(analysis: Analysis) -> Iterator[Finding]:
    """Yield settings of one priority that reach the same devices (DWN-6)."""
    numbered = enumerate(analysis.scenario.client_settings)
    for (_, one), (number, other) in combinations(numbered, 2):
        both = analysis.ever_members[one.collection] & analysis.ever_members[other.collection]
        if one.priority == other.priority and both:
            what = f"{one.name} and {other.name} have priority {one.priority} and share"
            what += f" {plural(len(both), 'device')}"
            advice = "give them different priorities; the lowest number wins"
            loc: Loc = ("client_settings", number, "priority")
            yield analysis.find("LNT-803", loc, what, advice, devices=both)


def settings_on_other_systems(analysis: Analysis) -> Iterator[Finding]:
    """Yield settings on systems that they do not concern (DWN-8)."""
    devices = analysis.devices
    for number, setting in enumerate(analysis.scenario.client_settings):
        loc: Loc = ("client_settings", number, "collection")
        members = analysis.ever_members[setting.collection]
        concerned = [n for n in members if devices[n].os in DOWN_LEVEL_SERVERS]
        old_clients = [n for n in members if devices[n].os == "windows-8.1"]
        if members and not concerned:
            what = f"{setting.name} has no effect: {setting.collection} holds neither Server 2012"
            what += " R2 nor 2016"
            yield analysis.find("LNT-804", loc, what, "deploy it to those servers", devices=members)
        elif old_clients and "mde_client" in _choices(analysis, setting.name):
            what = f"{setting.name} has no effect on {plural(len(old_clients), 'device')} with"
            what += " Windows 8.1: they take MMA all the same"
            advice = "give the policy workspace ID and key for them"
            yield analysis.find("LNT-804", loc, what, advice, devices=old_clients)
