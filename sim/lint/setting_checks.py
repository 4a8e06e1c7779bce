"""Client settings for Server 2012 R2 and 2016: left at the default, without effect, overlapping."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from sim.lint.analysis import Analysis, Loc, grouped
from sim.lint.catalogue import Finding
from sim.lint.rehearsal import Standing
from sim.reference.routes import MDE_CLIENT_SINCE
from sim.reference.systems import DOWN_LEVEL_SERVERS
from sim.reference.versions import client_version_number
from sim.scenario.model import ClientSetting
from sim.scenario.steps import SetClientSetting
from sim.text.numbers import plural


def _servers(analysis: Analysis) -> Iterator[tuple[int, Standing]]:
    """Yield the older servers that a deployment reaches and that have no MDE client yet."""
    for number, standing in analysis.witness.standings.items():
        is_open = not standing.was_onboarded and "mde_client" not in standing.facts.agent
        if is_open and standing.facts.device.os in DOWN_LEVEL_SERVERS:
            yield number, standing


def _setting_of(analysis: Analysis, number: int) -> str:
    """Return the client setting that applies to a device; empty for the default (DWN-6)."""
    ranked = sorted(analysis.scenario.client_settings, key=lambda setting: setting.priority)
    members = analysis.ever_members
    mine = (setting.name for setting in ranked if number in members[setting.collection])
    return next(mine, "")


def _may_bring_mde_client(analysis: Analysis, setting: ClientSetting) -> bool:
    """Say whether a client setting chooses the MDE client at any time of the plan."""
    steps = [step for _, step in analysis.steps_of(SetClientSetting)]
    changes = [step.downlevel_client for step in steps if step.set_client_setting == setting.name]
    return "mde_client" in (setting.downlevel_client, *changes)


def legacy_default(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers at the default though the MDE client is intended or values lack (DWN-1)."""
    settings = analysis.scenario.client_settings
    is_intended = any(_may_bring_mde_client(analysis, setting) for setting in settings)
    groups = grouped(
        (standing.step, number)
        for number, standing in _servers(analysis)
        if standing.facts.route.agent == "mma"
        and not _setting_of(analysis, number)
        and (is_intended or standing.facts.workspace == "missing")
    )
    for step, devices in sorted(groups.items()):
        what = f"{plural(len(devices), 'server is', 'servers are')} still at the default client"
        what += " setting, the legacy agent, when the policy comes"
        advice = "deploy a client setting with downlevel_client: mde_client to them first"
        yield analysis.find("LNT-801", analysis.steps[step].loc, what, advice, devices=devices)


def settings_without_effect(analysis: Analysis) -> Iterator[Finding]:
    """Yield servers whose MDE client setting has no effect because of a version (DWN-3)."""
    groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for number, standing in _servers(analysis):
        if standing.facts.route.rule == "DWN-3":
            is_old_site = client_version_number(standing.site_version) < MDE_CLIENT_SINCE
            groups[_setting_of(analysis, number), is_old_site].append(number)
    names = [setting.name for setting in analysis.scenario.client_settings]
    for (name, is_old_site), devices in sorted(groups.items()):
        whose = "the site is" if is_old_site else "their ConfigMgr clients are"
        what = f"{name} does not bring the MDE client to {plural(len(devices), 'server')}:"
        what += f" {whose} older than 2207"
        verb = "set_site_version" if is_old_site else "set_client_version"
        advice = f"update to 2207 or later before the policy comes, with {verb}"
        loc: Loc = ("client_settings", names.index(name), "downlevel_client")
        yield analysis.find("LNT-802", loc, what, advice, devices=devices)


def equal_priorities(analysis: Analysis) -> Iterator[Finding]:
    """Yield settings of one priority that apply to the same devices (DWN-6)."""
    numbered = enumerate(analysis.scenario.client_settings)
    for (_, one), (number, other) in combinations(numbered, 2):
        both = analysis.ever_members[one.collection] & analysis.ever_members[other.collection]
        if one.priority == other.priority and both:
            what = f"{one.name} and {other.name} both have priority {one.priority} and apply to"
            what += f" the same {plural(len(both), 'device')}"
            advice = "give them different priorities; the lowest number wins"
            loc: Loc = ("client_settings", number, "priority")
            yield analysis.find("LNT-803", loc, what, advice, devices=both)


def settings_on_other_systems(analysis: Analysis) -> Iterator[Finding]:
    """Yield settings on systems to which they do not apply (DWN-8)."""
    for number, setting in enumerate(analysis.scenario.client_settings):
        loc: Loc = ("client_settings", number, "collection")
        members = analysis.ever_members[setting.collection]
        systems = {analysis.devices[n].os for n in members}
        old_clients = [n for n in members if analysis.devices[n].os == "windows-8.1"]
        if members and systems.isdisjoint(DOWN_LEVEL_SERVERS):
            what = f"{setting.name} has no effect: {setting.collection} contains neither Server"
            what += " 2012 R2 nor 2016"
            yield analysis.find("LNT-804", loc, what, "deploy it to those servers", devices=members)
        elif old_clients and _may_bring_mde_client(analysis, setting):
            what = f"{setting.name} has no effect on {plural(len(old_clients), 'device')} with"
            what += " Windows 8.1: they always take MMA"
            advice = "enter the workspace ID and key in the policy for them"
            yield analysis.find("LNT-804", loc, what, advice, devices=old_clients)
