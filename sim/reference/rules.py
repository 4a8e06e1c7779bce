"""Every rule that the simulation follows, by id, for `fleetsim rules` and `fleetsim explain`."""

from dataclasses import dataclass

from sim.errors import UnknownRule, nearest


@dataclass(frozen=True, slots=True)
class Rule:
    """One behavior of the product, as a ConfigMgr administrator sees it."""

    id: str
    basis: str
    """`page`: the product page says so; `other`: another source does; `ours`: no source does, and
    it is a choice of the simulation. A combination names both, as in `page, consequence ours`."""
    title: str
    text: str
    section: str
    """The source: a heading of the product page, or the kind of document."""
    switch: str = ""
    """The key under `rules:` of a scenario that changes the rule; empty if none does."""

    @property
    def is_assumed(self) -> bool:
        """Whether reports list it as an assumption: no source states it all, or it has a switch."""
        return "ours" in self.basis or bool(self.switch)


_PREREQUISITES = "product page, Prerequisites"
_SYSTEMS = "product page, Supported client operating systems"
_OVERVIEW = "product page, Onboarding with 2207 and later"
_MDE = "product page, Onboard devices using MDE Client"
_MMA = "product page, Onboard devices with MDE Client and MMA"
_CHOICE = "choice of the simulation"

ROUTE_RULES = (
    Rule(
        "PRE-1", "page", "No subscription, no service",
        "Without a Defender for Endpoint subscription, no device is eligible and none onboards. "
        "Policies can still be deployed, but no device reaches the service.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-2", "page", "Only managed computers take part",
        "A computer without the ConfigMgr client is not managed. It is never eligible, and it "
        "receives no policy, no agent and no script.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-3", "page", "Policies need Endpoint Protection Manager",
        "An administrator who is neither Endpoint Protection Manager nor Full Administrator "
        "cannot create, change or deploy a policy; an Operations Administrator can (PRE-4). The "
        "step is refused as role_missing and logged, and nothing changes.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-4", "ours", "Other work needs its own right",
        "Client settings, collections and scripts need Full Administrator or a right that the "
        "scenario grants. Patches, restarts and version changes need Full Administrator. Without "
        "it, the step is refused as role_missing. The default administrator holds every right. An "
        "Operations Administrator may do all but security (roles, scopes, certificates), and so "
        "every step of a plan, policies too.",
        _CHOICE,
    ),
    Rule(
        "PRE-5", "page", "Intune alone is outside",
        "A device that only Intune manages can use the service, but ConfigMgr neither reaches it "
        "nor counts it. Results list it separately.",
        "product page, introduction",
    ),
    Rule(
        "PRE-6", "other", "The Endpoint Protection workload",
        "With co-management, one side holds the Endpoint Protection workload, and onboarding with "
        "it. Where that is Intune, for all or for a pilot collection, the policies of the site "
        "leave a co-managed device alone: it is not eligible (managed_by_intune). Lint counts the "
        "co-managed devices of a target.",
        "vendor documentation beside the page",
    ),
    Rule(
        "OS-1", "page", "Supported systems",
        "Supported are Windows 11, Windows 10 from 1709, Windows 8.1, Windows Server 2022, 2019, "
        "2016 and 2012 R2, and the Semi-Annual Channel from 1803. A device with any other system "
        "is not eligible (os_not_supported). Long-term servicing (LTSC) is supported from that of "
        "2016, release 1607, on, whatever the oldest Windows 10; that of 2015 is not, and neither "
        "is the edition Home. A multi-session Windows is a client, although its product type says "
        "server.",
        _SYSTEMS,
    ),
    Rule(
        "OS-2", "page", "The oldest Windows 10",
        "The page contradicts itself: its up-level lists begin with Windows 10 1607, and its "
        "supported list begins with 1709. The supported list applies unless the scenario sets "
        "another minimum. Releases before 1607 are on no list and are never eligible.",
        _SYSTEMS, "windows_10_minimum",
    ),
    Rule(
        "OS-3", "ours", "Systems past their life cycle",
        "A system past its last day of support, Extended Security Updates included, is usually "
        "not supported. With `warn` it onboards and lint warns, with `enforce` it is not eligible "
        "(os_out_of_support), and with `ignore` nothing is reported. The simulated day decides, "
        "and the last day still counts as in support. A device that is already onboarded stays "
        "onboarded.",
        _SYSTEMS, "end_of_support",
    ),
    Rule(
        "OS-4", "page", "Up-level and down-level",
        "Windows 10, Windows 11, the Semi-Annual Channel, Server 2019 and 2022 are up-level. "
        "Server 2012 R2 and 2016 are down-level and can take the MDE client. Windows 8.1 is "
        "down-level and needs MMA.",
        _OVERVIEW,
    ),
    Rule(
        "OS-5", "other", "Product type and build together",
        "A build number alone is ambiguous: 9600, 14393, 17763 and 26100 are each a client and a "
        "server. Releases that are newer than the page (Server 2025, Server 23H2, Windows 11 26H1 "
        "and later) are accepted as up-level, with a warning.",
        "inventory data and life-cycle pages",
    ),
    Rule(
        "UPL-1", "page", "The configuration file is enough",
        "An up-level device onboards with the onboarding configuration file alone. No agent is "
        "installed, and a first onboarding needs no restart.",
        _OVERVIEW,
    ),
    Rule(
        "UPL-2", "page", "One file for clients and servers",
        "The file downloaded for Windows 10 and 11 with Configuration Manager as the deployment "
        "method also onboards up-level servers, and servers that run the MDE client.",
        _MDE,
    ),
    Rule(
        "UPL-4", "other", "The early-launch driver",
        "The service cannot start where the early-launch driver of Defender is disabled, as it "
        "often is where another antivirus took its place. Onboarding fails on every system and "
        "every route (elam_driver_disabled) until the driver is enabled again.",
        "vendor documentation beside the page",
    ),
    Rule(
        "UPL-5", "other", "The sensor may be missing",
        "An up-level system can lack the sensor: it was removed from the image, or it is a "
        "capability that was never added, as on some Windows 11 24H2. Every attempt fails "
        "(sensor_missing) until somebody adds it; trying again does not help.",
        "vendor documentation beside the page",
    ),
    Rule(
        "UPL-3", "ours", "A policy takes a Configuration Manager package",
        "A policy refuses a package that was downloaded for another deployment method, both when "
        "the policy is created and when it is updated (package_method).",
        _CHOICE,
    ),
    Rule(
        "POL-6", "ours", "The package fits the policy",
        "An onboarding policy takes an onboarding package, and an offboarding policy takes an "
        "offboarding package. Any other package is refused (package_kind).",
        _CHOICE,
    ),
    Rule(
        "DWN-1", "page", "The default is the legacy agent",
        "The client setting for Server 2012 R2 and 2016 is Microsoft Monitoring Agent (legacy) "
        "until an administrator changes it to MDE Client (recommended).",
        _MDE,
    ),
    Rule(
        "DWN-2", "page", "The MDE client is installed automatically",
        "Where the setting is MDE client, Server 2012 R2 and 2016 first install that client when "
        "they evaluate a policy. Then they onboard with the configuration file.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-3", "page, consequence ours", "Version 2207 or the legacy route",
        "Installing the MDE client automatically needs site and client at 2207 or later; 2107 "
        "with its rollup only configures a client that is already installed. On an older site the "
        "setting does not exist, and the server takes the legacy route with all the requirements "
        "of MMA.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-4", "page", "Prerequisites on Server 2012 R2",
        "A fully updated server needs nothing more for the MDE client. On any other server, the "
        "installer checks for the telemetry update and for the Universal C Runtime, and fails "
        "when either is missing.",
        _MDE,
    ),
    Rule(
        "DWN-5", "page", "Prerequisites on Server 2016",
        "The MDE client needs a servicing stack of 2021-09-14 or later, a cumulative update of "
        "2018-09-20 or later, and Defender Antivirus installed, enabled and up to date. The "
        "installation reports each missing one as a cause of its own.",
        _MDE,
    ),
    Rule(
        "DWN-6", "page", "Client settings apply by collection",
        "Two servers of one version may take different routes. Custom settings override the "
        "default, and the lowest priority number wins. A device learns of a change at its next "
        "poll and decides its route again at its next evaluation. An MMA that is already "
        "installed stays.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-7", "ours", "An MDE client that is installed is used",
        "A server that already has the MDE client onboards with the configuration file. Nothing "
        "is installed, whatever the setting and the versions are.",
        _CHOICE,
    ),
    Rule(
        "DWN-8", "page", "Windows 8.1 ignores the setting",
        "Choosing the MDE client changes nothing on Windows 8.1: it takes MMA.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-9", "page", "A missing prerequisite can be fixed",
        "Once the update is installed or the antivirus works, by a patch step or by the support "
        "desk, the next attempt to install succeeds. The cause of a device is the first thing "
        "that is missing; lint, explain and the list of devices name all of them.",
        _MDE,
    ),
    Rule(
        "DWN-10", "other", "Some repairs need a restart",
        "On Server 2016, Defender Antivirus that was not installed or disabled counts only after "
        "the next restart once it is put back, and so does a newer .NET for MMA. Until then a "
        "restart is pending, and no agent is installed (restart_pending).",
        "field reports",
    ),
    Rule(
        "DWN-11", "other", "An installer that no retry cures",
        "On some Server 2012 R2 the installer of the MDE client fails at each attempt "
        "(installer_defect). Somebody has to clean the computer and restart it; the attempt after "
        "the restart succeeds.",
        "field reports",
    ),
    Rule(
        "MMA-1", "page", "Which systems need MMA",
        "Windows 8.1 always needs MMA. Server 2012 R2 and 2016 need it under the legacy setting.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-2", "page", "MMA needs workspace ID and key",
        "If the policy lacks the workspace ID or the key, it fails on every device of the MMA "
        "route, before anything is installed, and again at each evaluation until both values are "
        "entered. A device that onboarded through MMA earlier fails too: it stays onboarded and "
        "in contact, with the cause workspace_missing.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-3", "page", "The other devices still onboard",
        "A policy without workspace values onboards every device of a mixed collection that does "
        "not need MMA. Only the MMA devices fail.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-4", "page, consequence other", "Swapped or wrong values",
        "If ID and key are in each other's field, or are wrong, MMA is installed but the service "
        "refuses to register it, and the device does not onboard. The console may ask for the "
        "values in another order than the portal shows them. An ID is a GUID, which lint checks.",
        _MMA,
    ),
    Rule(
        "MMA-5", "page", "MMA is installed, never updated",
        "ConfigMgr installs MMA where it is needed and missing, and does not touch one that is "
        "already there. An old agent stays old, and one that is too old for the service never "
        "reports (agent_outdated). A software update or a package of your own can update it, in a "
        "patch step.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-6", "ours", "Corrected values help at the next evaluation",
        "When workspace values are entered or corrected, the devices that failed onboard at their "
        "next evaluation.",
        _CHOICE,
    ),
    Rule(
        "MMA-7", "page", "Workspace values suit mixed collections",
        "A policy with workspace values can go to any mix of systems. Devices that do not take "
        "the MMA route ignore the values, even wrong ones.",
        _MMA,
    ),
    Rule(
        "MMA-8", "page", "One workspace for all",
        "The portal gives an organization one workspace ID and one key, whichever down-level "
        "system is selected there.",
        _MMA,
    ),
)  # fmt: skip
"""In the order in which they matter to a device."""


_MONITOR = "product page, Monitor"
_OFFBOARDING = "product page, Create an offboarding configuration file"
_UPDATING = "product page, Updating the onboarding information"
_DOCUMENTS = "vendor documentation beside the page"
_FIELD = "field reports"

OPERATION_RULES = (
    Rule(
        "POL-1", "page", "What a policy contains",
        "A policy has a name, a description, a kind, a configuration file and a choice of sample "
        "sharing; workspace ID and key are optional. It is deployed to one or more collections.",
        _MDE,
    ),
    Rule(
        "POL-2", "page", "Sample sharing",
        "Every onboarded device has the choice of its policy: share no file samples, or share all "
        "file types.",
        _MDE,
    ),
    Rule(
        "POL-3", "page", "Files and keys are secret",
        "Configuration files and keys never appear in a result, log, report, error or page. A "
        "scenario says present, absent or wrong, or names an environment variable. A literal "
        "value is refused without being repeated.",
        _MDE,
    ),
    Rule(
        "POL-4", "other", "A policy is a configuration item",
        "It has no deadline, forces no restart and cannot be phased. Rings are separate "
        "collections.",
        _DOCUMENTS,
    ),
    Rule(
        "POL-5", "ours", "Conflicting policies",
        "A device with both an onboarding and an offboarding policy keeps its state, and "
        "policy_conflict is logged; lint reports an error. Of two onboarding policies, the one "
        "deployed first applies; policy_conflict is logged, and lint warns.",
        _CHOICE,
    ),
    Rule(
        "POL-7", "ours", "Withdrawing a policy never offboards",
        "A device that no deployment targets any more learns this at its first poll after the "
        "collection's evaluation. It keeps its state and payload.",
        _CHOICE,
    ),
    Rule(
        "POL-8", "page", "An offboarding policy contains less",
        "An offboarding policy has a name, a description and a file. Its wizard asks for neither "
        "sample sharing nor workspace values.",
        _OFFBOARDING,
    ),
    Rule(
        "COL-1", "page", "Which procedure a collection needs",
        "If any member takes the MMA route, follow the procedure with workspace ID and key, "
        "otherwise the procedure of the MDE client. For each deployment, lint says which one "
        "applies, to which devices, and which step is missing.",
        _OVERVIEW,
    ),
    Rule(
        "TIM-4", "other", "When collections change",
        "Incremental collections are evaluated every 5 minutes, the others on their own schedule: "
        "every 7 days, counted from the start, or daily at 04:00. The site's full evaluation, "
        "every day at 04:00 site time, finds the devices that have joined, and what is limited by "
        "their collections follows. A plan step that edits a collection evaluates it at once. "
        "Queries, direct members and includes add devices, the limiting collection restricts "
        "them, and excludes win.",
        _DOCUMENTS,
    ),
    Rule(
        "MON-1", "page", "Onboarding status",
        "The number and percentage of onboarded computers among those that are eligible, managed "
        "and targeted by a deployment.",
        _MONITOR,
    ),
    Rule(
        "MON-2", "page", "Agent health",
        "A computer with a health record is counted in the first tile that fits: not onboarded "
        "(policy applied, not reported as onboarded), agent state (the service does not run), "
        "inactive (no data within the period), healthy. The tiles add up to 100 %.",
        _MONITOR,
    ),
    Rule(
        "MON-3", "ours", "The inactive period",
        "The page names no period. A computer counts as inactive after 7 days without data.",
        _MONITOR, "inactive_after",
    ),
    Rule(
        "MON-4", "other", "Three views of one device",
        "The device changes first, the console after the next state message, and the portal 5 to "
        "30 minutes after the device, or later on poor networks. The views lag behind and may "
        "disagree.",
        _DOCUMENTS,
    ),
    Rule(
        "MON-5", "page", "Deployment status",
        "For each policy and collection the console counts devices as compliant, failed, in "
        "conflict or unknown.",
        "product page, introduction",
    ),
    Rule(
        "CON-1", "page, consequence other", "Onboarded is not reporting",
        "A device is in contact with the service while it is on, its service runs, its path to the "
        "service is open, and what it reports through is on it and able: an MMA of 10.20.18029 or "
        "later with right workspace values, the MDE client, or the system's own sensor. When one "
        "of these ends, contact ends in that second (contact_lost). When all hold again, the "
        "service hears of it from then on, without a new onboarding (contact_restored).",
        _MONITOR,
    ),
    Rule(
        "CON-2", "page, consequence other", "Silent devices stay onboarded",
        "After the inactive period without contact a device is inactive in console and portal. It "
        "stays onboarded; its cause says why it is silent, for example network_blocked, "
        "agent_missing or service_stopped.",
        _MONITOR,
    ),
    Rule(
        "CON-3", "other", "The console's picture ages",
        "The console knows contact from state messages. Where the ConfigMgr client is inactive or "
        "broken, the console shows the device as inactive after the period, though the portal may "
        "still show it as active.",
        _DOCUMENTS,
    ),
    Rule(
        "CON-4", "ours", "From MMA to the MDE client is a new registration",
        "Every gate and chance of a first onboarding applies. Until it succeeds the device stays "
        "onboarded and reports through MMA where that is still there and able; its cause is the "
        "failure.",
        _CHOICE,
    ),
    Rule(
        "CON-5", "other", "The portal keeps records",
        "A device that retires, is reimaged or is offboarded stays listed in the portal as it was, "
        "inactive after the period, until 180 days after it was last heard of. The console loses "
        "a retired device at once.",
        _DOCUMENTS, "portal_retention",
    ),
    Rule(
        "UPG-1", "other", "Upgrades in place",
        "A client keeps its onboarding through an upgrade. A server must be offboarded and freed "
        "of its agent first. A device that was onboarded by MMA or the MDE client and is upgraded "
        "to an up-level system has a service that does not run (service_stopped) until it is "
        "offboarded and onboarded anew.",
        _DOCUMENTS,
    ),
    Rule(
        "OFF-1", "page", "What offboarding does",
        "A valid offboarding policy offboards the members of its collection that no onboarding "
        "policy targets. MMA is uninstalled where it is present; an MDE client stays.",
        _OFFBOARDING,
    ),
    Rule(
        "OFF-2", "page", "Offboarding files expire",
        "A file works through the end of the 30th day after its download, by the site's calendar. "
        "What counts is the moment at which a device applies it; later it fails with "
        "offboarding_expired. A file that names its own last day (valid_until) works through "
        "that day. Files downloaded since December 2024 are valid for 7 days by other pages: lint "
        "names the devices that may apply one later.",
        _OFFBOARDING, "offboarding_validity",
    ),
    Rule(
        "OFF-3", "other", "After offboarding",
        "The portal keeps the device and shows it as inactive once the period has passed.",
        _DOCUMENTS,
    ),
    Rule(
        "OFF-4", "other", "Only a file of the same organization works",
        "A device refuses an offboarding file that another organization issued "
        "(other_organization).",
        _DOCUMENTS,
    ),
    Rule(
        "OFF-5", "page, consequence ours", "Choose Windows 10 and 11",
        "Only the file downloaded for Windows 10 and 11 offboards every system of a collection "
        "and removes MMA. A file for other systems offboards only those.",
        _OFFBOARDING,
    ),
    Rule(
        "UPD-1", "page", "A new payload waits for a restart",
        "An onboarded device that receives another payload uses it after its next restart.",
        _UPDATING,
    ),
    Rule(
        "UPD-2", "page", "Policy for new devices, script for onboarded ones",
        "An updated policy gives its payload to the devices that onboard afterwards. Devices that "
        "are already onboarded are moved once by the Group Policy script.",
        _UPDATING,
    ),
    Rule(
        "UPD-3", "ours", "Does an updated policy reach onboarded devices?",
        "The page does not say. By default it does not. With the switch, the new payload also "
        "reaches onboarded devices at their next evaluation.",
        _CHOICE, "update_reaches_onboarded",
    ),
    Rule(
        "UPD-4", "page, consequence ours", "Exclude the validation collection",
        "If the script moved a device and a policy with another payload still targets it, the "
        "device gets the policy's payload back, once, at its next evaluation and uses it after "
        "the following restart (payload_reverted). Lint warns.",
        _UPDATING, "drift_reverted",
    ),
    Rule(
        "UPD-5", "page", "The order of a migration",
        "Run the script on an excluded validation collection, validate, update the policy, run "
        "the script on the existing collection, validate, then remove the script and the "
        "validation collection. Lint names a step that is missing or out of order.",
        _UPDATING,
    ),
    Rule(
        "UPD-6", "page", "After the clean-up",
        "From then on the policy alone is enough: new devices get the new payload. The devices of "
        "the removed validation collection are targeted again, and nothing changes on them.",
        _UPDATING,
    ),
    Rule(
        "UPD-7", "page, certainty ours", "No move between organizations",
        "A payload of another organization does not move an onboarded device. The device has to "
        "be fully offboarded first (other_organization).",
        _UPDATING,
    ),
    Rule(
        "UPD-8", "other", "Streamlined connectivity has limits",
        "A streamlined package does not move Windows 10 1607 to 1803 while they are onboarded, "
        "nor devices that onboarded through MMA (payload_not_eligible, as long as it is wanted). "
        "A first onboarding through MMA ignores the connectivity of the file. Streamlined "
        "destinations are a network path of their own. A script needs the sensor on the device, "
        "on Server 2012 R2 and 2016 the MDE client (sensor_missing).",
        _DOCUMENTS,
    ),
    Rule(
        "UPD-9", "ours", "The one-time script",
        "It takes an onboarding package of the method Group Policy; another package is refused "
        "(package_method). It runs once on each device that is or becomes a member, until it is "
        "removed. A device that is off runs it when it is on again.",
        _CHOICE,
    ),
    Rule(
        "UPD-10", "page", "What validation means",
        "After the migration both must be true: the script succeeded on the device, and the "
        "device uses the new payload. Both are measures.",
        _UPDATING,
    ),
    Rule(
        "TIM-1", "other", "Polling for policy",
        "A computer that is on asks for policy every 60 minutes. A poll that was missed while it "
        "was off happens within two minutes of power-on.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-2", "ours", "When a policy is evaluated",
        "First within 2 hours of its arrival, then every 7 days; a missed run happens within 2 "
        "hours of power-on. A changed payload or workspace takes effect at the next scheduled "
        "run. A policy that is deployed again counts as new. A failed onboarding is tried again "
        "at the next run, a failed agent installation every 24 hours.",
        _CHOICE,
    ),
    Rule(
        "TIM-3", "other", "State messages",
        "A computer that is on sends its changes to the site every 15 minutes.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-5", "other", "Maintenance windows",
        "Where a device has maintenance windows, policies are evaluated and agents installed only "
        "inside them. An agent needs a window of at least 30 minutes that has 30 minutes left. The "
        "switch lets evaluations run outside, and a client setting the installation of agents. "
        "Windows are weekly, daily or monthly, by the device's clock or UTC. Those for updates "
        "alone bind only restarts for updates; those for task sequences bind nothing here.",
        _DOCUMENTS, "evaluation_outside_windows",
    ),
    Rule(
        "TIM-6", "other", "A shutdown is not always a restart",
        "Windows 10 and 11 with Fast Startup resume where they were. A payload that waits for a "
        "restart keeps waiting.",
        "general knowledge of Windows",
    ),
    Rule(
        "TIM-7", "other", "When the script runs",
        "The script is deployed as required software: the device learns of it at its next poll "
        "and runs it within 2 hours.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-8", "other", "A new ConfigMgr client",
        "A new version of the ConfigMgr client comes at a poll and is installed within hours. "
        "Where maintenance windows bind the device, it is downloaded in the first and installed in "
        "the second. A newer version replaces one that waits.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-10", "other", "How often a policy is evaluated",
        "The schedule belongs to the deployment: every 7 days, unless evaluate_every says "
        "otherwise. Where two deployments of one policy reach a device, the earliest decides.",
        _DOCUMENTS,
    ),
    Rule(
        "FLT-1", "other", "ConfigMgr clients that do not work",
        "A computer whose client is inactive or broken receives no policy until the client is "
        "repaired.",
        _FIELD,
    ),
    Rule(
        "FLT-2", "other", "The network blocks the service",
        "Where a proxy or firewall blocks the path to the service, onboarding fails "
        "(network_blocked). Whole locations are affected together.",
        _FIELD,
    ),
    Rule(
        "FLT-3", "other", "The service starts too slowly",
        "The attempt fails (service_start_failed); the next one usually succeeds.",
        _FIELD,
    ),
    Rule(
        "FLT-4", "other", "An installer fails",
        "The installer of an agent can fail for reasons of its own (install_failed). A pending "
        "restart blocks it until the computer restarts (restart_pending).",
        _FIELD,
    ),
    Rule(
        "FLT-5", "other", "What stops MMA",
        "MMA does not install where .NET is too old (dotnet_missing). It does not register where "
        "the clock is off by a quarter of an hour or more (clock_skew).",
        _DOCUMENTS,
    ),
    Rule(
        "FLT-6", "other", "An onboarded device can stop reporting",
        "The service stops now and then and is repaired. Computers lose contact and return.",
        _FIELD,
    ),
    Rule(
        "FLT-7", "other", "Absences, metered links, duplicates",
        "Long absences and metered links delay everything. Reimaging leaves duplicate records.",
        _FIELD,
    ),
)  # fmt: skip
"""In the order in which they matter to a rollout."""


RULES: dict[str, Rule] = {entry.id: entry for entry in ROUTE_RULES + OPERATION_RULES}
"""Every rule by id, in the order in which they matter to a rollout."""


def rule(id: str) -> Rule:
    """Return the rule of an id such as `DWN-5`, whatever its case.

    Raises UnknownRule, with the nearest known id, when the table has no such rule.
    """
    id = str(id)
    entry = RULES.get(id.strip().upper())
    if entry is None:
        near = nearest(id, list(RULES))
        hint = f'; did you mean "{near}"?' if near else "; `fleetsim rules` lists them all"
        raise UnknownRule(f'no rule "{id}"{hint}')
    return entry
