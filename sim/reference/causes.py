"""Why a device is not in the desired state: each cause with its words, remedy, rule and repair.

The order matters: of several causes the first counts, and the log stores positions. The table may
be extended; a cause is never renamed silently.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.reference.traits import TRAITS


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, in the words of the console."""

    title: str
    remedy: str
    """What an administrator does about it."""
    rule: str
    """The rule behind the cause; a decision may name a more specific one."""
    trait: str = ""
    """The trait of the device that is at fault: the support desk, or a `patch` step, repairs it by
    its plain value. Empty if a policy, a client setting or the plan has to change, or where
    waiting helps."""
    on_windows_10: str = ""
    """What an administrator can do besides if it concerns Windows 10."""
    if_it_lasts: str = ""
    """What an administrator does if waiting does not help; empty if the remedy says it."""
    look_at: str = ""
    """The logs or events on the device that show it, where documentation names them."""

    @property
    def lasting_remedy(self) -> str:
        """What an administrator does if neither time nor another attempt removes the cause."""
        return self.if_it_lasts or self.remedy

    def remedy_on(self, systems: Iterable[str]) -> str:
        """Return what an administrator does about it on some systems, given by id."""
        is_windows_10 = any(system.startswith("windows-10-") for system in systems)
        return f"{self.remedy} {self.on_windows_10}".strip() if is_windows_10 else self.remedy


_INSTALLER = "EndpointProtectionAgent.log"
_SENSE = "of the log Microsoft-Windows-SENSE/Operational"

CAUSE_TABLE: dict[str, Cause] = {
    "subscription_missing": Cause(
        "No subscription",
        "Obtain a Defender for Endpoint subscription for the organization.",
        "PRE-1",
    ),
    "not_managed": Cause(
        "Not managed by ConfigMgr",
        "Install the ConfigMgr client, or onboard the device through Intune.",
        "PRE-2",
    ),
    "managed_by_intune": Cause(
        "Left to Intune",
        "Onboard the device with an Intune policy, or move the Endpoint Protection workload of "
        "co-management back to ConfigMgr.",
        "PRE-6",
    ),
    "os_not_supported": Cause(
        "Operating system not supported",
        "Upgrade to a supported release or edition of Windows.",
        "OS-1",
        on_windows_10="The switch windows_10_minimum admits older releases of Windows 10.",
    ),
    "os_out_of_support": Cause(
        "Operating system past its support",
        "Upgrade the system or enrol it in Extended Security Updates.",
        "OS-3",
    ),
    "client_inactive": Cause(
        "ConfigMgr client inactive",
        "Find the computer under Client Status; bring it back on the network or retire it.",
        "FLT-1",
        "client",
    ),
    "client_broken": Cause(
        "ConfigMgr client broken",
        "Repair or reinstall the ConfigMgr client.",
        "FLT-1",
        "client",
    ),
    "policy_conflict": Cause(
        "Policies contradict each other",
        "Exclude the collection of one policy from that of the other.",
        "POL-5",
        look_at="ATPHandler.log",
    ),
    "workspace_missing": Cause(
        "Workspace ID or key missing",
        "Enter workspace ID and key in the policy, or choose the MDE client in the client settings "
        "of Server 2012 R2 and 2016, with site and client at 2207 or later.",
        "MMA-2",
        look_at="ATPHandler.log",
    ),
    "workspace_swapped": Cause(
        "Workspace ID and key swapped",
        "Put each value into its own field of the policy; the ID is the GUID.",
        "MMA-4",
    ),
    "workspace_wrong": Cause(
        "Workspace ID or key wrong",
        "Copy ID and key from the portal's onboarding page into the policy again.",
        "MMA-4",
    ),
    "prerequisite_telemetry": Cause(
        "Telemetry update missing",
        "Deploy the latest monthly rollup of Server 2012 R2, or the telemetry update.",
        "DWN-4",
        "telemetry_update",
        look_at=_INSTALLER,
    ),
    "prerequisite_universal_crt": Cause(
        "Universal C Runtime missing",
        "Deploy the latest monthly rollup of Server 2012 R2, or the Universal C Runtime update.",
        "DWN-4",
        "universal_crt",
        look_at=_INSTALLER,
    ),
    "prerequisite_servicing_stack": Cause(
        "Servicing stack too old",
        "Deploy the latest servicing stack update of Server 2016, at least that of 2021-09-14.",
        "DWN-5",
        "servicing_stack",
        look_at=_INSTALLER,
    ),
    "prerequisite_cumulative_update": Cause(
        "Cumulative update too old",
        "Deploy the latest cumulative update of Server 2016, at least that of 2018-09-20.",
        "DWN-5",
        "cumulative_update",
        look_at=_INSTALLER,
    ),
    "antivirus_disabled": Cause(
        "Defender Antivirus disabled",
        "Remove the policy that disables Defender Antivirus, enable it, and restart the server.",
        "DWN-5",
        "antivirus",
        look_at=_INSTALLER,
    ),
    "antivirus_outdated": Cause(
        "Defender Antivirus out of date",
        "Deploy the latest platform and security intelligence updates of Defender Antivirus.",
        "DWN-5",
        "antivirus",
        look_at=_INSTALLER,
    ),
    "antivirus_not_installed": Cause(
        "Defender Antivirus not installed",
        "Install the Defender Antivirus feature, restart the server, then update the antivirus.",
        "DWN-5",
        "antivirus",
        look_at=_INSTALLER,
    ),
    "dotnet_missing": Cause(
        ".NET too old for MMA",
        "Deploy .NET Framework 4.5.2 or later and restart.",
        "FLT-5",
        "dotnet",
    ),
    "restart_pending": Cause(
        "Restart pending",
        "Restart the computer, on servers in the next maintenance window.",
        "FLT-4",
        "restart_pending",
    ),
    "installer_defect": Cause(
        "Installer fails at every try",
        "Clean the computer and restart it: trying again does not help. Read the installer's log, "
        "remove what it names (on Server 2012 R2 often a WinDefend registry key), then restart.",
        "DWN-11",
        "installer_defect",
        look_at=_INSTALLER,
    ),
    "install_failed": Cause(
        "Agent installer failed",
        "Read the installer's log, clean up and restart; ConfigMgr tries it again.",
        "FLT-4",
        look_at=_INSTALLER,
    ),
    "agent_missing": Cause(
        "Agent removed after onboarding",
        "Install the agent again; find out what removes it: a script, a person or another product.",
        "CON-1",
    ),
    "agent_outdated": Cause(
        "MMA too old",
        "Update the Microsoft Monitoring Agent yourself; ConfigMgr never does.",
        "MMA-5",
        "agent_version",
    ),
    "clock_skew": Cause(
        "Clock is off",
        "Repair the time synchronization of the computer.",
        "FLT-5",
        "clock_ok",
    ),
    "sensor_missing": Cause(
        "Sensor missing",
        "Add the sensor: trying again does not help. On Server 2012 R2 and 2016, install the MDE "
        "client first; on Windows 11 24H2, add the capability Microsoft.Windows.Sense.Client.",
        "UPL-5",
        "sensor",
    ),
    "elam_driver_disabled": Cause(
        "Early-launch driver disabled",
        "Enable the early-launch antimalware driver of Defender (WdBoot), which another antivirus "
        "may have disabled; the service cannot start without it.",
        "UPL-4",
        "elam_driver",
        look_at=f"event 3 {_SENSE}",
    ),
    "service_start_failed": Cause(
        "Service did not start in time",
        "Wait for the next attempt; if it fails again, look at the service on the computer.",
        "FLT-3",
        if_it_lasts="Look at the service on the computer: why does it start too late?",
        look_at=f"events 3, 7, 9, 10 and 27 {_SENSE}; events 15 and 30 of WDATPOnboarding in the "
        "Application log",
    ),
    "service_stopped": Cause(
        "Service not running",
        "Start the service on the computer and find out why it stopped. After an upgrade of a "
        "server with its agent: offboard it, remove the agent and onboard it anew.",
        "CON-1",
        look_at=f"events 2 and 3 {_SENSE}",
    ),
    "network_blocked": Cause(
        "Path to the service blocked",
        "Allow the service's addresses at proxy and firewall of the location.",
        "FLT-2",
        "network",
        look_at=f"events 5 and 15 {_SENSE}",
    ),
    "other_organization": Cause(
        "Belongs to another organization",
        "Offboard the device with a file of the organization it belongs to, then onboard it.",
        "UPD-7",
    ),
    "offboarding_expired": Cause(
        "Offboarding file expired",
        "Download a new offboarding package and give it to the offboarding policy.",
        "OFF-2",
        look_at=f"event 29 {_SENSE}",
    ),
    "payload_not_eligible": Cause(
        "Package not meant for this device",
        "Use a package for standard connectivity, or offboard the device and onboard it anew. For "
        "offboarding, download the file for Windows 10 and 11.",
        "UPD-8",
    ),
    "awaiting_collection": Cause(
        "Waits for its collection's evaluation",
        "Wait for the evaluation, or update the collection's membership by hand.",
        "TIM-4",
    ),
    "awaiting_policy": Cause(
        "Waits for its next policy poll",
        "Wait for the poll, or notify the client to download computer policy.",
        "TIM-1",
        look_at="PolicyAgent.log",
    ),
    "awaiting_evaluation": Cause(
        "Waits for the policy's evaluation",
        "Wait for the evaluation, or evaluate the policy from the client's Configurations tab.",
        "TIM-2",
        look_at="CIAgent.log and DCMAgent.log",
    ),
    "awaiting_content": Cause(
        "Waits for the agent's download",
        "Wait, or give the location a distribution point with more capacity. If the download "
        "never starts, distribute the content to a distribution point of its boundary group.",
        "DWN-2",
    ),
    "awaiting_maintenance_window": Cause(
        "Waits for a maintenance window",
        "Give the collection a window of at least 30 minutes.",
        "TIM-5",
    ),
    "awaiting_install": Cause(
        "Waits for the agent's installation",
        "Wait for the installation or for its next attempt.",
        "TIM-2",
    ),
    "awaiting_script": Cause(
        "Waits for the one-time script",
        "Wait for the next poll and the start of the script.",
        "TIM-7",
    ),
    "awaiting_restart": Cause(
        "Waits for a restart",
        "Restart the device: it uses the new payload after that.",
        "UPD-1",
    ),
    "awaiting_report": Cause(
        "Onboarded, not yet reported",
        "Wait for the next state message.",
        "TIM-3",
        look_at="StateMessage.log",
    ),
    "never_online": Cause(
        "Never online",
        "Find the computer and switch it on, or retire its record.",
        "FLT-7",
    ),
    "not_targeted": Cause(
        "No deployment reaches it",
        "Deploy a policy to a collection that contains the device.",
        "MON-1",
    ),
}
CAUSES = tuple(CAUSE_TABLE)
"""Why a device is not as it should be; of several causes, the first in this list."""

REPAIRS: Mapping[str, Mapping[str, object]] = {
    cause: {entry.trait: TRAITS[entry.trait].plain}
    for cause, entry in CAUSE_TABLE.items()
    if entry.trait
}
"""The causes that a repair of a device removes, each with the trait it sets (DWN-9, FLT-1)."""
