"""Fleets and scenarios on which the kernel and the naive model are compared."""

import random

from tests.kernel.telling import FAREWELL, OFFBOARD, PACKAGE, POLICY

SYSTEMS = (
    *("windows-11-24h2", "windows-10-22h2", "windows-10-1703", "windows-8.1", "windows-7"),
    *("server-2012-r2", "server-2012-r2", "server-2016", "server-2016", "server-2022"),
    *("server-2012", "server-sac-1709", "server-sac-20h2", "server-2019"),
)
COLLECTIONS = [
    {"name": "All", "members": "managed"},
    {"name": "North", "members": "part == 'north'"},
    {"name": "South", "members": "part == 'south'"},
    {"name": "Servers", "members": "os in ['server-2012-r2', 'server-2016']"},
    {"name": "Some", "limit_to": "All", "sample": "40 %", "exclude": ["South"]},
]
SETTINGS = [
    {"name": "New agent", "collection": "Servers", "priority": 2, "downlevel_client": "mma"},
    {"name": "First", "collection": "Some", "priority": 1, "downlevel_client": "mde_client"},
]
SECOND = {"name": "Again", "package": "onboarding-a", "sample_sharing": "none"}
BASICS = {
    "collections": COLLECTIONS,
    "client_settings": SETTINGS,
    "packages": [PACKAGE, FAREWELL],
    "policies": [POLICY, SECOND, OFFBOARD],
    "faults": "drawn",
    "site": {
        "administrators": [
            {"name": "everything", "roles": ["Full Administrator"]},
            {"name": "nobody", "roles": ["Reader"]},
        ]
    },
}

LOCATIONS = [
    {
        "name": "LON",
        "time_zone": "Europe/London",
        "distribution_point": {"slots": 1, "megabits_per_second": 2},
    },
    {
        "name": "NYC",
        "time_zone": "America/New_York",
        "distribution_point": {"slots": 2, "megabits_per_second": 1},
    },
    {"name": "SYD", "time_zone": "Australia/Sydney"},
    {"name": "Home"},
]
"""Small distribution points: several devices want content while one of them has it."""
WINDOWS = [
    {"collection": "Servers", "weekly": "Sunday 01:00", "length": "3 h"},
    {"collection": "Servers", "weekly": "Wednesday 22:30", "length": "90 min"},
    {"collection": "North", "weekly": "Sunday 03:30", "length": "2 h"},
    {"collection": "Some", "weekly": "Friday 12:00", "length": "45 min"},
    {"collection": "Some", "weekly": "Monday 09:00", "length": "20 min"},
]
"""Windows that overlap, that devices of several collections share, and one that is too short."""
CHANGING = [
    *COLLECTIONS,
    {"name": "Unprotected", "members": "antivirus != 'enabled'", "evaluation": "incremental"},
    {"name": "Working", "members": "client == 'active'", "evaluation": "incremental"},
    {"name": "Bare", "limit_to": "All", "members": "agent == 'none'", "evaluation": "incremental"},
    {
        "name": "Unrestarted",
        "members": "restart_pending and os != 'windows-7'",
        "evaluation": "incremental",
    },
    {
        "name": "Others",
        "limit_to": "Working",
        "include": ["Unprotected"],
        "exclude": ["Unrestarted", "North"],
        "evaluation": "incremental",
    },
]
"""Collections whose members change as devices join, are patched, restarted, get an agent."""


def steady_fleet(seed, size):
    """Return a mixed fleet that is always on: traits that matter are given now and then."""
    dice = random.Random(seed)
    devices = []
    for number in range(size):
        device = {
            "name": f"D-{number:03d}",
            "os": dice.choice(SYSTEMS),
            "part": dice.choice(("north", "south", "")),
            "presence": "always_on",
        }
        if dice.random() < 0.15:
            organization = dice.choice(("contoso", "contoso", "fabrikam"))
            device |= {"onboarded": "true", "organization": organization, "payload": "old"}
        if dice.random() < 0.1:
            device["restart_pending"] = "true"
        if dice.random() < 0.1:
            device["client_version"] = "2203"
        if dice.random() < 0.1:
            device["managed_by"] = dice.choice(("intune", "co_managed"))
        if dice.random() < 0.05:
            device["client"] = "none"
        devices.append(device)
    return devices


def living_fleet(seed, size):
    """Return a fleet of people: some come, some go, few are always on."""
    dice = random.Random(seed + 1000)
    devices = []
    for device in steady_fleet(seed, size):
        device = device | {
            "presence": dice.choice(("office", "office", "office", "rare", "always_on", "off")),
            "chassis": dice.choice(("laptop", "laptop", "desktop")),
            "location": dice.choice(("LON", "LON", "NYC", "SYD", "Home", "elsewhere")),
        }
        if device["os"].startswith("server"):
            device["presence"] = dice.choice(("always_on", "always_on", "office"))
            device["chassis"] = dice.choice(("server", "virtual"))
        if dice.random() < 0.3:
            device["joined_at"] = f"2026-03-{dice.randint(1, 14):02d} {dice.randint(0, 23):02d}:07"
        if dice.random() < 0.2:
            device["retired_at"] = f"2026-03-{dice.randint(15, 30)} {dice.randint(0, 23):02d}:11:13"
        if dice.random() < 0.2:
            device["client"] = dice.choice(("inactive", "broken"))
        if "onboarded" in device and dice.random() < 0.3:
            device["last_contact"] = f"2026-02-{dice.randint(15, 28)} 10:00"
        if dice.random() < 0.2:
            device["antivirus"] = dice.choice(("disabled", "outdated"))
        devices.append(device)
    return devices


def step(at, **keys):
    return {"at": at, **keys}


def patch(at, collections, within="6 h", **traits):
    return step(at, patch=traits, on=collections, within=within)


PLANS = {
    "workspace repaired": [
        step("3 h", deploy="Onboard", to=["North"]),
        step("1 d 09:00", deploy="Onboard", to=["South", "All"]),
        step("5 d", set_workspace="Onboard", id="present"),
        step("6 d", set_workspace="Onboard", key="wrong"),
        step("12 d", set_workspace="Onboard", key="present"),
        step("13 d", by="nobody", undeploy="Onboard", **{"from": ["All"]}),
    ],
    "client setting changed": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("2 h", deploy="Onboard", to=["All"]),
        step("4 d", set_client_setting="New agent", downlevel_client="mde_client"),
        step("15 d", set_client_setting="First", downlevel_client="mma"),
        step("20 d", by="nobody", set_client_setting="New agent", downlevel_client="mma"),
    ],
    "withdrawn and deployed anew": [
        step("0 s", deploy="Onboard", to=["Some"]),
        step("2 h", deploy="Onboard", to=["All"]),
        step("3 h", undeploy="Onboard", **{"from": ["Some"]}),
        step("4 d", undeploy="Onboard", **{"from": ["All"]}),
        step("4 d 00:10", deploy="Onboard", to=["All"]),
        step("9 d", undeploy="Onboard", **{"from": ["All", "North"]}),
        step("9 d", deploy="Onboard", to=["North"]),
        step("16 d", deploy="Onboard", to=["South"]),
    ],
    "paused and resumed": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("1 d", deploy="Onboard", to=["All"]),
        step("1 d 00:20", pause="Onboard"),
        step("2 d", undeploy="Onboard", **{"from": ["All"]}),
        step("2 d", deploy="Onboard", to=["All"]),
        step("3 d", resume="Onboard"),
        step("3 d 00:15", pause="Onboard"),
        step("9 d", resume="Onboard"),
    ],
    "two policies": [
        step("1 h", deploy="Onboard", to=["North"]),
        step("2 h", deploy="Again", to=["All"]),
        step("3 d", set_workspace="Again", id="present", key="present"),
        step("8 d", undeploy="Onboard", **{"from": ["North"]}),
        step("11 d", deploy="Onboard", to=["North", "South"]),
        step("18 d", undeploy="Again", **{"from": ["All"]}),
    ],
    "offboarded on the way": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("1 h", deploy="Onboard", to=["All"]),
        step("5 d", deploy="Offboard", to=["North"]),
        step("9 d", undeploy="Onboard", **{"from": ["All"]}),
        step("17 d", undeploy="Offboard", **{"from": ["North"]}),
        step("17 d 00:30", deploy="Onboard", to=["Servers", "North"]),
        step("21 d", deploy="Offboard", to=["All"]),
    ],
}
EVERYBODY_IN = [
    step("1 h", set_workspace="Onboard", id="present", key="present"),
    step("2 h", deploy="Onboard", to=["All"]),
    step("2 h", set_client_setting="New agent", downlevel_client="mde_client"),
]
"""A plan under which every device onboards that can."""
MANY_FAULTS = {
    "client_return_mean": "3 d",
    "client_repair_mean": "3 d",
    "sensor_decay_per_day": "30 %",
    "sensor_repair_mean": "2 d",
    "absence_share": "20 %",
    "absence_mean": "4 d",
    "metered_share": "10 %",
    "off_site_share": "50 %",
    "status_not_written_share": "10 %",
    "sense_missing_share": "30 %",
    "install_failure_share": "30 %",
    "service_start_failure_share": "30 %",
}
"""Shares at which a small fleet meets every fault within weeks."""

SCRIPTS = [
    {"name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy"},
    {"name": "script-f", "payload": "f", "organization": "fabrikam", "method": "group_policy"},
    {
        "name": "script-s",
        "organization": "contoso",
        "method": "group_policy",
        "connectivity": "streamlined",
    },
]
"""Packages of one-time scripts: one that moves devices, two that do not move them all."""

CASES = {
    "people who come to the office": {"plan": EVERYBODY_IN},
    "people, and policies that come and go": {"plan": PLANS["withdrawn and deployed anew"]},
    "people with much bad luck": {"plan": EVERYBODY_IN, "assumptions": MANY_FAULTS},
    "small distribution points": {
        "plan": EVERYBODY_IN,
        "locations": LOCATIONS,
        "assumptions": {
            "content_slots": 1,
            "content_megabits_per_second": 1,
            "first_evaluation_window": "20 min",
            "mde_client_present_share": "0 %",
            "mma_present_share": "0 %",
        },
    },
    "time zones and maintenance windows": {
        "plan": EVERYBODY_IN,
        "locations": LOCATIONS,
        "maintenance_windows": WINDOWS,
    },
    "no evaluation outside maintenance windows": {
        "plan": PLANS["workspace repaired"],
        "locations": LOCATIONS,
        "maintenance_windows": WINDOWS,
        "rules": {"evaluation_outside_windows": False},
        "assumptions": {"evaluation_interval": "1 d"},
    },
    "patches and restarts": {
        "plan": [
            *EVERYBODY_IN,
            patch("3 d", ["Servers"], antivirus="enabled", servicing_stack="2025-10-14"),
            patch("4 d", ["North", "South"], restart_pending=True),
            step("6 d", name="restart", restart=["All"], within="2 d"),
            patch("9 d", ["All"], "0 s", clock_ok=True, network="ok", dotnet=True),
        ],
        "maintenance_windows": WINDOWS[:1],
    },
    "collections that change": {
        "plan": [
            step("1 h", set_workspace="Onboard", id="present", key="present"),
            step("2 h", deploy="Onboard", to=["Others", "Bare"]),
            patch("3 d", ["North"], antivirus="disabled"),
            patch("5 d", ["Unprotected"], antivirus="enabled"),
            step("7 d", deploy="Again", to=["Working"]),
            step("8 d", name="restart", restart=["Unrestarted"], within="1 d"),
            step("10 d", undeploy="Onboard", **{"from": ["Bare"]}),
        ],
        "collections": CHANGING,
        "client_settings": SETTINGS[1:],
        "assumptions": MANY_FAULTS | {"collection_full_interval": "3 d"},
    },
    "silence": {
        "plan": PLANS["offboarded on the way"],
        "rules": {"inactive_after": "36 h"},
        "assumptions": MANY_FAULTS,
    },
    "one-time scripts": {
        "plan": [
            *EVERYBODY_IN,
            step("4 d", run_script="script-b", on=["North", "Some"]),
            step("6 d", run_script="onboarding-a", on=["North"]),
            step("8 d", run_script="script-f", on=["South"]),
            step("9 d", run_script="script-s", on=["Servers"]),
            step("12 d", name="restart", restart=["North"], within="1 d"),
            step("15 d", remove_script="script-b", **{"from": ["Some"]}),
            step("18 d", run_script="script-b", on=["All"]),
        ],
        "packages": [PACKAGE, FAREWELL, *SCRIPTS],
        "assumptions": {"sense_missing_share": "30 %"},
    },
    "nothing goes wrong": {"plan": EVERYBODY_IN, "faults": "none"},
}
"""Scenarios of a living fleet, each about one thing."""
