"""The matrix: systems x client setting x workspace values x prerequisites, a device for each.

What is expected is written here from the rules, not asked of the code under test.
"""

from itertools import product

import pytest

from tests.kernel.telling import EVERYBODY, FIXED, PACKAGE, rehearsal

UP_LEVEL = (
    *("windows-11-21h2", "windows-11-24h2", "windows-10-1709", "windows-10-22h2"),
    *("server-sac-1803", "server-sac-20h2", "server-2019", "server-2022", "server-2025"),
)
NOT_SUPPORTED = {
    "windows-7": "OS-1",
    "windows-10-1507": "OS-2",
    "windows-10-1607": "OS-2",
    "windows-10-1703": "OS-2",
    "server-2008-r2": "OS-1",
    "server-2012": "OS-1",
    "server-sac-1709": "OS-1",
}
DOWN_LEVEL = ("windows-8.1", "server-2012-r2", "server-2016")
SETTINGS = ("mma", "mde_client")
WORKSPACES = {
    "present": {"id": "present", "key": "present"},
    "no_id": {"id": "absent", "key": "present"},
    "no_key": {"id": "present", "key": "absent"},
    "neither": {"id": "absent", "key": "absent"},
    "swapped": "swapped",
    "wrong": {"id": "present", "key": "wrong"},
}
MISSING = ("no_id", "no_key", "neither")

# what is wrong with a device: traits, on which systems it is tried
FLAWS = {
    "fine": ({}, (*UP_LEVEL, *NOT_SUPPORTED, *DOWN_LEVEL)),
    "old_client": ({"client_version": "2203"}, ("server-2012-r2", "server-2016", "windows-8.1")),
    "no_updates": (
        {"fully_updated": "false", "telemetry_update": "false", "universal_crt": "false"},
        ("server-2012-r2",),
    ),
    "no_runtime": ({"fully_updated": "false", "universal_crt": "false"}, ("server-2012-r2",)),
    "old_stack": ({"servicing_stack": "2021-09-13"}, ("server-2016",)),
    "old_cumulative": ({"cumulative_update": "2018-09-19"}, ("server-2016",)),
    "antivirus_off": ({"antivirus": "disabled"}, ("server-2016",)),
    "antivirus_old": ({"antivirus": "outdated"}, ("server-2016",)),
    "antivirus_gone": ({"antivirus": "not_installed"}, ("server-2016",)),
    "no_dotnet": ({"dotnet": "false"}, ("windows-8.1", "server-2012-r2", "server-2022")),
    "clock": ({"clock_ok": "false"}, ("windows-8.1", "server-2016", "windows-11-24h2")),
    "restart": ({"restart_pending": "true"}, (*DOWN_LEVEL, "server-2019")),
    "blocked": ({"network": "blocked"}, (*DOWN_LEVEL, "windows-10-22h2", "server-2022")),
    "has_mma": ({"agent": "mma"}, DOWN_LEVEL),
    "has_old_mma": ({"agent": "mma", "agent_version": "10.20.18011"}, DOWN_LEVEL),
    "has_mde": ({"agent": "mde_client"}, ("server-2012-r2", "server-2016")),
    "has_both": ({"agent": "mma_and_mde_client"}, ("server-2012-r2", "server-2016")),
}
INSTALL_MDE = {
    "no_updates": ("prerequisite_telemetry", "DWN-4"),
    "no_runtime": ("prerequisite_universal_crt", "DWN-4"),
    "old_stack": ("prerequisite_servicing_stack", "DWN-5"),
    "old_cumulative": ("prerequisite_cumulative_update", "DWN-5"),
    "antivirus_off": ("antivirus_disabled", "DWN-5"),
    "antivirus_old": ("antivirus_outdated", "DWN-5"),
    "antivirus_gone": ("antivirus_not_installed", "DWN-5"),
    "restart": ("restart_pending", "FLT-4"),
}
INSTALL_MMA = {
    "no_dotnet": ("dotnet_missing", "FLT-5"),
    "restart": ("restart_pending", "FLT-4"),
}
REGISTER_MMA = {
    "has_old_mma": ("agent_outdated", "MMA-5"),
    "clock": ("clock_skew", "FLT-5"),
    "blocked": ("network_blocked", "FLT-2"),
}
HAS = {
    "has_mma": "mma", "has_old_mma": "mma", "has_mde": "mde_client",
    "has_both": "mma_and_mde_client",
}  # fmt: skip


def expected(system, setting, workspace, flaw):
    """Return status, cause, rule, route, agent and tile of a cell, from the tables above."""
    there = HAS.get(flaw, "none")
    if system in NOT_SUPPORTED:
        refused = ("not_eligible", "os_not_supported", NOT_SUPPORTED[system])
        return (*refused, "none", there, "none")
    if system in UP_LEVEL:
        if flaw == "blocked":
            failed = ("failed", "network_blocked", "FLT-2")
            return (*failed, "config_file", there, "not_onboarded")
        return ("onboarded", "", "UPL-1", "config_file", there, "healthy")
    if system != "windows-8.1":
        if flaw in ("has_mde", "has_both"):
            return ("onboarded", "", "DWN-7", "mde_client", there, "healthy")
        if setting == "mde_client" and flaw != "old_client":
            return on_the_mde_client(flaw, there)
    rule = "MMA-1"
    if setting == "mde_client":
        rule = "DWN-8" if system == "windows-8.1" else "DWN-3"
    return on_mma(workspace, flaw, there, rule)


def on_the_mde_client(flaw, there):
    if flaw in INSTALL_MDE:
        return ("failed", *INSTALL_MDE[flaw], "mde_client", there, "none")
    agent = "mma_and_mde_client" if there == "mma" else "mde_client"
    if flaw == "blocked":
        return ("failed", "network_blocked", "FLT-2", "mde_client", agent, "not_onboarded")
    return ("onboarded", "", "DWN-2", "mde_client", agent, "healthy")


def on_mma(workspace, flaw, there, rule):
    if workspace in MISSING:
        why = "DWN-3" if rule == "DWN-3" else "MMA-2"
        return ("failed", "workspace_missing", why, "mma", there, "none")
    if flaw in INSTALL_MMA:
        return ("failed", *INSTALL_MMA[flaw], "mma", there, "none")
    if workspace in ("swapped", "wrong"):
        return ("failed", f"workspace_{workspace}", "MMA-4", "mma", "mma", "not_onboarded")
    if flaw in REGISTER_MMA:
        return ("failed", *REGISTER_MMA[flaw], "mma", "mma", "not_onboarded")
    return ("onboarded", "", rule, "mma", "mma", "healthy")


CELLS = [
    (system, setting, workspace, flaw)
    for flaw, (_, systems) in FLAWS.items()
    for system, setting, workspace in product(systems, SETTINGS, WORKSPACES)
]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    """One fleet, a device for each cell; the setting by collection, workspace values by policy."""
    devices = [
        {
            "name": "/".join(cell),
            "os": cell[0],
            "setting": cell[1],
            "workspace": cell[2],
            "flaw": cell[3],
        }
        | FLAWS[cell[3]][0]
        for cell in CELLS
    ]
    collections = [EVERYBODY] + [
        {"name": label, "members": f"{column} == '{label}'"}
        for column, labels in (("setting", SETTINGS), ("workspace", WORKSPACES))
        for label in labels
    ]
    settings = [
        {"name": label, "collection": label, "priority": 1, "downlevel_client": label}
        for label in SETTINGS
    ]
    policies = [
        {"name": f"Onboard {label}", "package": "onboarding-a", "workspace": values}
        for label, values in WORKSPACES.items()
    ]
    plan = [{"at": "1 h", "deploy": f"Onboard {label}", "to": [label]} for label in WORKSPACES]
    run = rehearsal(
        tmp_path_factory.mktemp("matrix"),
        devices,
        collections=collections,
        client_settings=settings,
        policies=policies,
        packages=[PACKAGE],
        plan=plan,
        assumptions=FIXED,
        horizon="2 d",
    )
    columns = run.outcomes.columns
    wanted = ("status", "cause", "rule", "route", "agent", "health")
    found = zip(*(columns[name] for name in wanted), strict=True)
    return dict(zip(columns["name"], found, strict=True)), run


@pytest.mark.rule("UPL-1", "DWN-2", "DWN-3", "DWN-4", "DWN-5", "DWN-7", "DWN-8")
@pytest.mark.rule("MMA-1", "MMA-2", "MMA-4", "MMA-5", "MMA-7", "OS-1", "OS-2", "OS-4")
def test_every_cell_of_the_matrix_ends_as_the_rules_say(matrix):
    found, _ = matrix
    wrong = {
        "/".join(cell): (found["/".join(cell)], expected(*cell))
        for cell in CELLS
        if found["/".join(cell)] != expected(*cell)
    }

    assert wrong == {}
    assert len(found) == len(CELLS) > 500


@pytest.mark.rule("MON-2", "MON-1")
def test_the_summary_of_the_matrix_counts_its_cells(matrix):
    _, run = matrix
    cells = [expected(*cell) for cell in CELLS]

    for status in ("onboarded", "failed", "not_eligible"):
        assert run.summary[status] == sum(cell[0] == status for cell in cells)
    for cause, count in run.summary["causes"].items():
        assert count == sum(cell[1] == cause for cell in cells)
    tiles = run.summary["console"]["health"]
    assert tiles == {tile: sum(cell[5] == tile for cell in cells) for tile in tiles}
