"""What to tell a ConfigMgr administrator about each cause: what it is, what to do, which rule.

What a technician can put right on a device, by the cause in the console (DWN-9, FLT-1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Remedy:
    """Plain words for one cause."""

    title: str
    remedy: str
    """What to do, in the terms of the console."""
    rule: str
    """The rule the cause comes from; a decision may name a closer one."""


REMEDIES: dict[str, Remedy] = {
    "subscription_missing": Remedy(
        "No subscription",
        "Obtain a Defender for Endpoint subscription for the organization.",
        "PRE-1",
    ),
    "not_managed": Remedy(
        "Not managed by ConfigMgr",
        "Install the ConfigMgr client, or onboard the device through Intune.",
        "PRE-2",
    ),
    "os_not_supported": Remedy(
        "Operating system not supported",
        "Upgrade to a supported release; the switch windows_10_minimum admits older Windows 10.",
        "OS-1",
    ),
    "os_out_of_support": Remedy(
        "Operating system past its support",
        "Upgrade the system or enrol it in Extended Security Updates.",
        "OS-3",
    ),
    "client_inactive": Remedy(
        "ConfigMgr client inactive",
        "Find the computer under Client Status; bring it back on the network or retire it.",
        "FLT-1",
    ),
    "client_broken": Remedy(
        "ConfigMgr client broken",
        "Repair or reinstall the ConfigMgr client.",
        "FLT-1",
    ),
    "policy_conflict": Remedy(
        "Policies contradict each other",
        "Exclude the collection of one policy from that of the other.",
        "POL-5",
    ),
    "workspace_missing": Remedy(
        "Workspace ID or key missing",
        "Enter workspace ID and key in the policy, or choose the MDE client in the client settings "
        "of Server 2012 R2 and 2016, with site and client at 2207 or later.",
        "MMA-2",
    ),
    "workspace_swapped": Remedy(
        "Workspace ID and key swapped",
        "Put each value into its own field of the policy; the ID is the GUID.",
        "MMA-4",
    ),
    "workspace_wrong": Remedy(
        "Workspace ID or key wrong",
        "Copy ID and key from the portal's onboarding page into the policy again.",
        "MMA-4",
    ),
    "prerequisite_telemetry": Remedy(
        "Telemetry update missing",
        "Deploy the latest monthly rollup of Server 2012 R2, or the telemetry update.",
        "DWN-4",
    ),
    "prerequisite_universal_crt": Remedy(
        "Universal C Runtime missing",
        "Deploy the latest monthly rollup of Server 2012 R2, or the Universal C Runtime update.",
        "DWN-4",
    ),
    "prerequisite_servicing_stack": Remedy(
        "Servicing stack too old",
        "Deploy the latest servicing stack update of Server 2016, at least that of 2021-09-14.",
        "DWN-5",
    ),
    "prerequisite_cumulative_update": Remedy(
        "Cumulative update too old",
        "Deploy the latest cumulative update of Server 2016, at least that of 2018-09-20.",
        "DWN-5",
    ),
    "antivirus_disabled": Remedy(
        "Defender Antivirus disabled",
        "Remove the policy that disables Defender Antivirus and enable it.",
        "DWN-5",
    ),
    "antivirus_outdated": Remedy(
        "Defender Antivirus out of date",
        "Deploy the latest platform and security intelligence updates of Defender Antivirus.",
        "DWN-5",
    ),
    "antivirus_not_installed": Remedy(
        "Defender Antivirus not installed",
        "Install the Defender Antivirus feature, then update and restart the server.",
        "DWN-5",
    ),
    "dotnet_missing": Remedy(
        ".NET too old for MMA",
        "Deploy .NET Framework 4.5.2 or later and restart.",
        "FLT-5",
    ),
    "restart_pending": Remedy(
        "Restart pending",
        "Restart the computer, on servers in the next maintenance window.",
        "FLT-4",
    ),
    "install_failed": Remedy(
        "Agent installer failed",
        "Read the installer's log, clean up and restart; it is tried again by itself.",
        "FLT-4",
    ),
    "agent_outdated": Remedy(
        "MMA too old",
        "Update the Microsoft Monitoring Agent yourself; ConfigMgr never does.",
        "MMA-5",
    ),
    "clock_skew": Remedy(
        "Clock is off",
        "Repair the time synchronization of the computer.",
        "FLT-5",
    ),
    "service_start_failed": Remedy(
        "Service did not start in time",
        "Wait for the next attempt; if it fails again, look at the service on the computer: "
        "Windows 11 24H2 upgraded from Home lacks its component until that is added.",
        "FLT-3",
    ),
    "network_blocked": Remedy(
        "Path to the service blocked",
        "Allow the service's addresses at proxy and firewall of the location.",
        "FLT-2",
    ),
    "other_organization": Remedy(
        "Belongs to another organization",
        "Offboard the device with a file of the organization it belongs to, then onboard it.",
        "UPD-7",
    ),
    "offboarding_expired": Remedy(
        "Offboarding file expired",
        "Download a new offboarding package and give it to the offboarding policy.",
        "OFF-2",
    ),
    "payload_not_eligible": Remedy(
        "Package not meant for this device",
        "Use a package for standard connectivity, or for offboarding that of Windows 10 and 11.",
        "UPD-8",
    ),
    "awaiting_collection": Remedy(
        "Waits for its collection's evaluation",
        "Wait for the evaluation, or update the collection's membership by hand.",
        "TIM-4",
    ),
    "awaiting_policy": Remedy(
        "Waits for its next policy poll",
        "Wait for the poll, or notify the client to download computer policy.",
        "TIM-1",
    ),
    "awaiting_evaluation": Remedy(
        "Waits for the policy's evaluation",
        "Wait for the evaluation, or evaluate the policy from the client's Configurations tab.",
        "TIM-2",
    ),
    "awaiting_content": Remedy(
        "Waits for the agent's download",
        "Wait, or give the location a distribution point with more capacity.",
        "DWN-2",
    ),
    "awaiting_maintenance_window": Remedy(
        "Waits for a maintenance window",
        "Give the collection a window of at least 30 minutes.",
        "TIM-5",
    ),
    "awaiting_install": Remedy(
        "Waits for the agent's installation",
        "Wait for the installation or for its next attempt.",
        "TIM-2",
    ),
    "awaiting_script": Remedy(
        "Waits for the one-time script",
        "Wait for the next poll and the start of the script.",
        "TIM-7",
    ),
    "awaiting_restart": Remedy(
        "Waits for a restart",
        "Restart the device: a new payload is used only afterwards.",
        "UPD-1",
    ),
    "awaiting_report": Remedy(
        "Onboarded, not yet reported",
        "Wait for the next state message.",
        "TIM-3",
    ),
    "never_online": Remedy(
        "Never online",
        "Find the computer and switch it on, or retire its record.",
        "FLT-7",
    ),
    "not_targeted": Remedy(
        "No deployment reaches it",
        "Deploy a policy to a collection that holds the device.",
        "MON-1",
    ),
}
"""One entry for every cause of the vocabulary, in its order."""


CURRENT_UPDATE = date(2025, 10, 14)
"""Servicing stack and cumulative update after a repair."""

REPAIRS: Mapping[str, Mapping[str, Any]] = {
    "client_inactive": {"client": "active"},
    "client_broken": {"client": "active"},
    "prerequisite_telemetry": {"telemetry_update": True},
    "prerequisite_universal_crt": {"universal_crt": True},
    "prerequisite_servicing_stack": {"servicing_stack": CURRENT_UPDATE},
    "prerequisite_cumulative_update": {"cumulative_update": CURRENT_UPDATE},
    "antivirus_disabled": {"antivirus": "enabled"},
    "antivirus_outdated": {"antivirus": "enabled"},
    "antivirus_not_installed": {"antivirus": "enabled"},
    "dotnet_missing": {"dotnet": True},
    "restart_pending": {"restart_pending": False},
    "agent_outdated": {"agent_version": "10.20.18069"},
    "clock_skew": {"clock_ok": True},
    "network_blocked": {"network": "ok"},
}
"""The traits that a repair sets. Other causes are no matter of a single device: a policy, a client
setting or the plan has to change, or waiting helps."""
