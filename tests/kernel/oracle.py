"""A second, naive kernel to hold the first against: no shortcuts, no SimPy, one device at a time.

It walks through every poll, every scheduled evaluation and every state message slot of a device,
whether or not anything can change there, and asks each time anew what the site was like at the
last poll. Only the pure decisions of `sim.reference` and the keyed draws are shared.
"""

from tests.kernel.oracle_device import NaiveDevice
from tests.kernel.oracle_site import SiteHistory, SiteThen, verb_of


def naive_log(setting, streams):
    """Return all rows of a run, as `ordered` puts them; the plan has `at:` steps only."""
    scenario, members = setting.scenario, setting.members
    timed = [(setting.clock.seconds(step.at), n, step) for n, step in enumerate(scenario.plan)]
    steps = sorted(timed, key=lambda one: one[:2])
    allowed = [(second, n, step) for second, n, step in steps if _is_allowed(scenario, step)]
    site = SiteHistory(scenario, members, [(second, step) for second, _, step in allowed])
    rows = []
    for second, number, step in steps:
        policy = getattr(step, verb_of(step))
        name = step.name or f"plan[{number}]"
        policy = policy if verb_of(step) != "set_client_setting" else ""
        if (second, number, step) in allowed:
            rows.append((second, "", "step_done", "", "", policy, "", "", name))
        else:
            rule = "PRE-4" if verb_of(step) == "set_client_setting" else "PRE-3"
            rows.append((second, "", "step_refused", "role_missing", rule, policy, "", "", name))
    names = setting.fleet.names
    for number in range(len(names)):
        for collection in (one.name for one in scenario.collections):
            if number in members[collection]:
                rows.append((0, names[number], "member_added", "", "TIM-4", "", "", collection, ""))
    rows += _targeting(allowed, scenario, members, names)
    keys = setting.fleet.keys.tolist()
    for number, traits in enumerate(setting.fleet.devices):
        device = NaiveDevice(number, traits, keys[number], site, setting, streams, scenario.horizon)
        rows += device.live()
    return ordered(rows)


def _targeting(allowed, scenario, members, names):
    for place, (second, _, step) in enumerate(allowed):
        before = SiteThen(scenario, members, [(at, one) for at, _, one in allowed[:place]])
        verb = verb_of(step)
        if verb not in ("deploy", "undeploy"):
            continue
        policy = getattr(step, verb)
        for collection in step.to if verb == "deploy" else step.from_:
            is_there = before.active(policy, collection) is not None
            if is_there != (verb == "undeploy"):
                continue
            event = "targeted" if verb == "deploy" else "untargeted"
            for number in sorted(members[collection]):
                yield (second, names[number], event, "", "", policy, "", collection, "")


def _is_allowed(scenario, step):
    who = step.by or scenario.site.administrators[0].name
    roles = {one.name: one.roles for one in scenario.site.administrators}[who]
    if "Full Administrator" in roles:
        return True
    return verb_of(step) != "set_client_setting" and "Endpoint Protection Manager" in roles


def ordered(rows):
    """Order by time and device; what a device sent ahead of what it does in the same second."""
    sent = ("reported", "portal_seen")
    first = {"member_added": -2, "targeted": -1, "untargeted": -1}

    def key(row):
        ahead = row[2] in sent
        place = -3 if ahead else first.get(row[2], 0)
        return (row[0], row[1], place, row[2] if ahead else "")

    return sorted(rows, key=key)
