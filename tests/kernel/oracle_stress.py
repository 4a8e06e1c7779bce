"""Scenarios in which everything happens at once, and some in which most work is interrupted."""

import random

from tests.kernel.oracle_cases import (
    CHANGING,
    COLLECTIONS,
    MANY_FAULTS,
    SETTINGS,
    living_fleet,
    patch,
    step,
)

FAST = {
    "policy_poll_interval": "50 s",
    "first_evaluation_window": "10 min",
    "evaluation_interval": "11 h",
    "install_retry_interval": "3 h",
    "state_message_interval": "100 s",
    "mde_client_install": "8 min",
    "install_failure_share": "40 %",
    "service_start_failure_share": "40 %",
    "service_start_retry_share": "50 %",
    "dotnet_missing_share": "10 %",
    "client_inactive_share": "5 %",
}
"""Short intervals and many failures: events coincide that seldom coincide otherwise."""


def random_plan(dice):
    """Return a plan with many different steps within the same few minutes."""
    moments = [dice.randrange(0, 4 * 86400, 60) for _ in range(12)]
    values = ("present", "present", "absent", "wrong")
    plan = []
    for _ in range(45):
        at = dice.choice(moments) + dice.choice((0, 0, 1, 49, 50, 51, 300))
        policy = dice.choice(("Onboard", "Again", "Onboard", "Again", "Offboard"))
        where = dice.sample([one["name"] for one in COLLECTIONS], dice.choice((1, 2)))
        verb = dice.choice(("deploy",) * 4 + ("undeploy",) * 3 + ("pause", "resume") + ("set",) * 4)
        if verb in ("deploy", "undeploy"):
            keys = {verb: policy, "to" if verb == "deploy" else "from": where}
        elif verb in ("pause", "resume"):
            keys = {verb: policy}
        elif dice.random() < 0.5:
            keys = {"set_workspace": policy, dice.choice(("id", "key")): dice.choice(values)}
        else:
            name, choice = dice.choice(SETTINGS)["name"], dice.choice(("mma", "mde_client"))
            keys = {"set_client_setting": name, "downlevel_client": choice}
        plan.append(step(f"{at} s", **keys))
    return [
        step("0 s", set_workspace="Onboard", id="present", key="present"),
        step("10 s", deploy="Onboard", to=["North"]),
        *plan,
    ]


def random_life(dice):
    """Return a plan of `random_plan` with patches and restarts besides."""
    plan = random_plan(dice)
    for number in range(12):
        at = f"{dice.randrange(0, 4 * 86400, 300)} s"
        where = dice.sample([one["name"] for one in CHANGING], dice.choice((1, 2)))
        within = dice.choice(("0 s", "1 s", "90 min", "1 d"))
        if dice.random() < 0.4:
            plan.append(step(at, name=f"restart {number}", restart=where, within=within))
            continue
        traits = dice.choice(
            (
                {"antivirus": dice.choice(("enabled", "disabled"))},
                {"restart_pending": dice.random() < 0.6},
                {"clock_ok": True, "network": "ok"},
                {"servicing_stack": "2025-10-14", "cumulative_update": "2025-10-14"},
                {"dotnet": dice.random() < 0.6},
            )
        )
        plan.append(patch(at, where, within, **traits) | {"name": f"patch {number}"})
    for where in dice.sample([one["name"] for one in CHANGING[5:]], 3):
        plan.append(step(f"{dice.randrange(0, 86400)} s", deploy="Onboard", to=[where]))
    return plan


def random_fleet(dice, size):
    """Return a fleet of people of whom many come and go within five days."""
    devices = living_fleet(dice.randrange(10**6), size)
    for device in devices:
        device.pop("joined_at", None)
        device.pop("retired_at", None)
        if dice.random() < 0.4:
            device["joined_at"] = f"2026-03-{dice.randint(1, 4):02d} {dice.randint(0, 23):02d}:05"
        if dice.random() < 0.3:
            device["retired_at"] = f"2026-03-{dice.randint(4, 6):02d} {dice.randint(0, 23):02d}:00"
    return devices


HASTE = (
    FAST
    | MANY_FAULTS
    | {
        "collection_full_interval": "1 d",
        "missed_evaluation_window": "2 min",
        "missed_poll_window": "10 s",
        "working_day_length": "3 h",
        "client_return_mean": "1 d",
        "client_repair_mean": "1 d",
        "sensor_repair_mean": "5 h",
        "sensor_decay_per_day": "80 %",
        "restart_interval_laptop": "60 h",
        "update_restart_interval": "1 d",
        "restart_interval_server": "1 d",
        "maintenance_window_minimum": "15 min",
        "content_slots": 1,
        "content_megabits_per_second": 1,
        "absence_mean": "1 d",
    }
)
"""Short clocks for everything that can happen."""
EVERY_DAY = [
    {"collection": collection, "weekly": f"{weekday} {clock}", "length": length}
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    for collection, clock, length in (
        ("Servers", "09:00", "2 h"),
        ("North", "14:00", "40 min"),
        ("Unprotected", "20:00", "3 h"),
    )
]
"""Windows that a run of five days meets, of a collection whose members change besides."""

TORN = {
    "working_day_length": "25 min",
    "working_day_start_spread": "20 min",
    "attendance_share": "100 %",
    "rare_attendance_share": "60 %",
    "off_site_share": "20 %",
    "metered_share": "10 %",
    "mde_client_content": 100_000_000,
    "mma_content": 60_000_000,
    "content_megabits_per_second": 1,
    "content_slots": 1,
    "mde_client_install": "8 min",
    "mma_install": "6 min",
    "sense_start_min": "200 s",
    "sense_start_max": "500 s",
    "policy_poll_interval": "3 min",
    "missed_poll_window": "30 s",
    "first_evaluation_window": "5 min",
    "missed_evaluation_window": "3 min",
    "evaluation_interval": "7 h",
    "install_retry_interval": "1 h",
    "state_message_interval": "2 min",
    "install_failure_share": "30 %",
    "service_start_failure_share": "30 %",
    "service_start_retry_share": "30 %",
    "client_inactive_share": "0 %",
    "client_broken_share": "0 %",
}
"""Computers that are on for less time than their downloads and installers take."""
TORN_WINDOWS = [
    {"collection": "All", "weekly": f"{weekday} {clock}", "length": "1 h"}
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for clock in ("08:00", "13:00", "20:00")
]
TORN_PLAN = [
    step("0 s", set_workspace="Onboard", id="present", key="present"),
    step("0 s", set_client_setting="New agent", downlevel_client="mde_client"),
    step("0 s", deploy="Onboard", to=["All"]),
    step("3 d", undeploy="Onboard", **{"from": ["All"]}),
    step("3 d", deploy="Offboard", to=["North", "Some"]),
    step("4 d", set_workspace="Again", id="present", key="present"),
    step("4 d", deploy="Again", to=["South"]),
    step("5 d", undeploy="Offboard", **{"from": ["North", "Some"]}),
    step("5 d", deploy="Onboard", to=["All"]),
    step("6 d", set_client_setting="New agent", downlevel_client="mma"),
]
"""All devices onboard, many offboard and onboard again, finally by another route."""


def torn_fleet(seed, size):
    """Return a fleet in which nearly everybody needs an agent."""
    dice = random.Random(seed + 77)
    systems = ("windows-8.1", "server-2012-r2", "server-2016", "server-2016", "windows-11-23h2")
    devices = []
    for number in range(size):
        device = {
            "name": f"T-{number:03d}",
            "os": dice.choice(systems),
            "part": dice.choice(("north", "south", "")),
            "presence": dice.choice(("office", "office", "office", "rare", "always_on")),
            "chassis": dice.choice(("laptop", "desktop")),
            "location": dice.choice(("LON", "NYC", "SYD", "Home", "elsewhere")),
            "agent": "none",
            "antivirus": "enabled",
            "servicing_stack": "2025-10-14",
            "fully_updated": "true",
            "restart_pending": "false",
        }
        if dice.random() < 0.2:
            device |= {"onboarded": "true", "organization": "contoso", "payload": "old"}
        if dice.random() < 0.15:
            device["retired_at"] = f"2026-03-{dice.randint(4, 9):02d} {dice.randint(7, 16):02d}:41"
        devices.append(device)
    return devices
