"""Fleets and plans about what becomes of devices after onboarding, and of what was put right.

Traits that keep devices from reporting, or from onboarding however often they try; patches that
take away what was there, or bring it back; windows of every kind; computers that change hands.
"""

from tests.kernel.oracle_cases import CHANGING, SCRIPTS, living_fleet, patch, step
from tests.kernel.telling import FAREWELL, PACKAGE

CLIENTS = ["windows-10-1703", "windows-10-22h2", "windows-11-24h2"]
WIDER = [
    *CHANGING,
    {"name": "Clients", "members": f"os in {CLIENTS}"},
    {"name": "Shared", "members": "managed_by == 'co_managed'", "evaluation": "daily"},
    {"name": "Old", "limit_to": "All", "members": "os == 'server-2012-r2'", "evaluation": "daily"},
    {"name": "Older", "limit_to": "Old", "exclude": ["North"]},
]
"""Collections of every schedule; the last ones depend on one that is evaluated daily."""
EVERY_KIND = [
    {"collection": "Servers", "weekly": "Sunday 01:00", "length": "3 h"},
    {"collection": "Servers", "daily": "23:30", "length": "1 h"},
    {"collection": "Old", "monthly": "second Tuesday 22:00", "length": "5 h"},
    {"collection": "North", "monthly": "patch_tuesday + 5 d 22:00", "length": "8 h"},
    {"collection": "North", "daily": "02:00", "length": "90 min", "clock": "utc"},
    {"collection": "Some", "weekly": "Friday 12:00", "length": "6 h", "for": "updates"},
    {"collection": "South", "monthly": "last Friday 20:00", "length": "4 h", "for": "updates"},
    {"collection": "South", "daily": "10:00", "length": "1 h", "for": "task_sequences"},
]
"""Windows of every kind; some bind restarts alone, some nothing."""
OUTSIDE = [
    {
        "name": "New agent",
        "collection": "Servers",
        "priority": 2,
        "downlevel_client": "mde_client",
    },
    {
        "name": "First",
        "collection": "Some",
        "priority": 1,
        "downlevel_client": "mde_client",
        "install_outside_windows": True,
    },
]
STREAMLINED = [
    {**PACKAGE, "connectivity": "streamlined"},
    {**FAREWELL, "valid_until": "2026-03-14"},
    *SCRIPTS,
    {"name": "script-a", "payload": "plain", "organization": "contoso", "method": "group_policy"},
]
"""The policy's package is streamlined; a script takes devices back to the standard path."""
UPGRADES = {
    "Servers": ("server-2016", "server-2019", "server-2022"),
    "Clients": ("windows-10-22h2", "windows-11-24h2"),
}
"""To which systems the computers of a collection are upgraded in place."""
LOST_AND_FOUND = {
    "network": ("blocked", "ok"),
    "network_streamlined": ("blocked", "ok"),
    "agent": ("none", "mma", "mde_client", "mma_and_mde_client"),
    "agent_version": ("10.20.18001", "10.20.18069"),
    "sensor": ("absent", "present"),
    "elam_driver": ("disabled", "enabled"),
    "antivirus": ("disabled", "not_installed", "enabled", "outdated"),
    "dotnet": (False, True),
    "installer_defect": (True, False),
    "presence": ("off", "always_on", "office", "rare"),
    "client": ("broken", "inactive", "active"),
    "location": ("LON", "SYD", "Branch"),
    "restart_pending": (True, False),
}
"""What patches take away and bring back."""
BRANCH = {"name": "Branch", "distribution_point": "none"}
"""A place to which the content was never distributed."""


def stricken_fleet(dice, devices):
    """Return the fleet with reasons to fall silent, or never to onboard, given now and then."""
    words = {
        "elam_driver": ("disabled", 0.06),
        "sensor": ("absent", 0.06),
        "installer_defect": ("true", 0.15),
        "network": ("blocked", 0.1),
        "network_streamlined": ("blocked", 0.1),
        "sensor_running": ("false", 0.1),
        "dotnet": ("false", 0.1),
        "agent_version": ("10.20.18001", 0.15),
        "location": ("Branch", 0.1),
    }
    found = []
    for device in devices:
        device = {**device, **{n: word for n, (word, at) in words.items() if dice.random() < at}}
        if dice.random() < 0.3:
            device["agent"] = dice.choice(("mma", "mma", "mde_client", "none"))
        if dice.random() < 0.2:
            device |= {"onboarded": "true", "organization": "contoso", "payload": "old"}
        found.append(device)
    return found


def later_fleet(dice, size):
    """Return people whose computers live through what comes after onboarding."""
    return stricken_fleet(dice, living_fleet(dice.randrange(10**6), size))


def life_after(dice, days, steps=30):
    """Return a plan that onboards nearly everybody and then lets things happen to them."""

    def moment():
        return f"{dice.randrange(6 * 3600, days * 86400, 300)} s"

    def where():
        return dice.sample([one["name"] for one in WIDER], dice.choice((1, 1, 2)))

    plan = [
        step("0 s", set_workspace="Onboard", id="present", key="present"),
        step("1 h", deploy="Onboard", to=["All"], evaluate_every=dice.choice(("7 d", "1 d"))),
        step(moment(), deploy="Onboard", to=["Servers"], evaluate_every="5 h"),
    ]
    for number in range(steps):
        kind = dice.choice(("patch",) * 6 + ("upgrade", "version", "values", "script", "leave"))
        name = {"name": f"{kind} {number}"}
        if kind == "patch":
            traits = dice.sample(sorted(LOST_AND_FOUND), dice.choice((1, 1, 2)))
            new = {trait: dice.choice(LOST_AND_FOUND[trait]) for trait in traits}
            plan.append(patch(moment(), where(), dice.choice(("0 s", "6 h")), **new) | name)
        elif kind == "upgrade":
            group = dice.choice(sorted(UPGRADES))
            plan.append(patch(moment(), [group], "3 h", os=dice.choice(UPGRADES[group])) | name)
        elif kind == "version":
            version = dice.choice(("2203", "2211", "2403"))
            plan.append(step(moment(), set_client_version=version, on=where()) | name)
        elif kind == "values":
            value = dice.choice(("present", "present", "wrong", "absent"))
            plan.append(step(moment(), set_workspace="Onboard", key=value) | name)
        elif kind == "script":
            package = dice.choice(("script-b", "script-s"))
            plan.append(step(moment(), run_script=package, on=where()) | name)
        else:
            verb, word = dice.choice((("deploy", "to"), ("undeploy", "from")))
            plan.append(step(moment(), **{verb: "Offboard", word: where()}) | name)
    return plan
