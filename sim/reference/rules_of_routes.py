"""The rules of who takes part and how a device onboards: PRE, OS, UPL, POL-6, DWN, MMA."""

from sim.reference.rule import Rule

_PREREQUISITES = "product page, Prerequisites"
_SYSTEMS = "product page, Supported client operating systems"
_OVERVIEW = "product page, Onboarding with 2207 and later"
_MDE = "product page, Onboard devices using MDE Client"
_MMA = "product page, Onboard devices with MDE Client and MMA"
_CHOICE = "choice of the simulation"

ROUTE_RULES = (
    Rule(
        "PRE-1", "page", "No subscription, no service",
        "Without a Defender for Endpoint subscription no device is eligible and none onboards; "
        "policies may be deployed, but nothing reaches the service.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-2", "page", "Only managed computers take part",
        "A computer without the ConfigMgr client is not managed: it is never eligible and receives "
        "no policy, no agent and no script.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-3", "page", "Policies need Endpoint Protection Manager",
        "An administrator who is neither Endpoint Protection Manager nor Full Administrator cannot "
        "create, change or deploy a policy. The step is refused as role_missing, it is logged, and "
        "nothing changes.",
        _PREREQUISITES,
    ),
    Rule(
        "PRE-4", "ours", "Other work needs its own right",
        "Client settings, collections and scripts need Full Administrator or a right that the "
        "scenario grants; patches, restarts and version changes need Full Administrator. Without "
        "it the step is refused as role_missing. The default administrator holds everything.",
        _CHOICE,
    ),
    Rule(
        "PRE-5", "page", "Intune alone is outside",
        "A device that only Intune manages can use the service, but ConfigMgr neither reaches nor "
        "counts it. It is listed apart.",
        "product page, introduction",
    ),
    Rule(
        "OS-1", "page", "Supported systems",
        "Supported are Windows 11, Windows 10 from 1709, Windows 8.1, Windows Server 2022, 2019, "
        "2016 and 2012 R2, and the Semi-Annual Channel from 1803. Any other system is not "
        "eligible (os_not_supported).",
        _SYSTEMS,
    ),
    Rule(
        "OS-2", "page", "The oldest Windows 10",
        "The page contradicts itself: its up-level lists begin with Windows 10 1607, its supported "
        "list with 1709. The supported list holds unless the scenario sets another minimum; "
        "releases before 1607 stand on no list and are never eligible.",
        _SYSTEMS, "windows_10_minimum",
    ),
    Rule(
        "OS-3", "ours", "Systems past their life cycle",
        "A system past its last day of support, Extended Security Updates counted, is typically "
        "not supported. `warn` onboards it and has lint say so, `enforce` makes it not eligible "
        "(os_out_of_support), `ignore` is silent. Judged at the simulated day; the last day still "
        "counts as in support, and a device already onboarded stays.",
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
        "server. Releases after the page (Server 2025, Server 23H2, Windows 11 26H1 and later) "
        "are accepted as up-level, with a warning.",
        "inventory data and life-cycle pages",
    ),
    Rule(
        "UPL-1", "page", "The configuration file is enough",
        "An up-level device onboards with the onboarding configuration file alone: no agent is "
        "installed, and a first onboarding needs no restart.",
        _OVERVIEW,
    ),
    Rule(
        "UPL-2", "page", "One file for clients and servers",
        "The file downloaded for Windows 10 and 11 with Configuration Manager as method serves "
        "up-level servers too, and servers that run the MDE client.",
        _MDE,
    ),
    Rule(
        "UPL-3", "ours", "A policy takes a Configuration Manager package",
        "A policy refuses a package that was downloaded for another deployment method, when it is "
        "made and when it is updated (package_method).",
        _CHOICE,
    ),
    Rule(
        "POL-6", "ours", "The package fits the policy",
        "An onboarding policy takes an onboarding package, an offboarding policy an offboarding "
        "one; anything else is refused (package_kind).",
        _CHOICE,
    ),
    Rule(
        "DWN-1", "page", "The default is the legacy agent",
        "The client setting for Server 2012 R2 and 2016 stands on Microsoft Monitoring Agent "
        "(legacy) until somebody changes it to MDE Client (recommended).",
        _MDE,
    ),
    Rule(
        "DWN-2", "page", "The MDE client comes by itself",
        "Where the setting says MDE client, evaluating a policy on Server 2012 R2 or 2016 first "
        "installs that client and then onboards with the configuration file.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-3", "page, consequence ours", "Version 2207 or the legacy route",
        "Installing the MDE client automatically needs site and client at 2207 or later; 2107 with "
        "its rollup only configures one that is there. On an older site the setting does not "
        "exist, and the server takes the legacy route, with all that MMA asks for.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-4", "page", "Prerequisites on Server 2012 R2",
        "A fully updated server needs nothing more for the MDE client. Otherwise its installer "
        "looks for the telemetry update and for the Universal C Runtime, and fails when either is "
        "missing.",
        _MDE,
    ),
    Rule(
        "DWN-5", "page", "Prerequisites on Server 2016",
        "The MDE client needs a servicing stack of 2021-09-14 or later, a cumulative update of "
        "2018-09-20 or later, and Defender Antivirus installed, enabled and up to date. Each one "
        "missing is a cause of its own at install.",
        _MDE,
    ),
    Rule(
        "DWN-6", "page", "Client settings go by collection",
        "Two servers of one version may take different routes. Custom settings beat the default, "
        "and of several the lowest priority number wins. A change is known at the next poll, the "
        "route decided anew at the next evaluation; an MMA that is there stays.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-7", "ours", "An MDE client that is there is used",
        "A server that already carries the MDE client onboards with the configuration file; "
        "nothing is installed, whatever the setting and the versions say.",
        _CHOICE,
    ),
    Rule(
        "DWN-8", "page", "Windows 8.1 ignores the setting",
        "Choosing the MDE client changes nothing on Windows 8.1: it takes MMA.",
        _OVERVIEW,
    ),
    Rule(
        "DWN-9", "page", "A missing prerequisite can be put right",
        "Once the update or the antivirus is in place, by a patch step or by the support desk, "
        "the next attempt to install passes.",
        _MDE,
    ),
    Rule(
        "DWN-10", "page", "The newest updates are advised",
        "The dates for Server 2016 are a minimum. The page advises the newest servicing stack and "
        "cumulative update; an older one that meets the minimum still installs.",
        _MDE,
    ),
    Rule(
        "MMA-1", "page", "Who needs MMA",
        "Windows 8.1 always needs MMA; Server 2012 R2 and 2016 need it under the legacy setting.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-2", "page", "MMA needs workspace ID and key",
        "If the policy lacks the workspace ID or the key, it fails on every device of the MMA "
        "route, for certain and before anything is installed, and again at each evaluation until "
        "both are there.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-3", "page", "The others onboard all the same",
        "A policy without workspace values onboards every device of a mixed collection that does "
        "not need MMA; only the MMA devices fail.",
        _OVERVIEW,
    ),
    Rule(
        "MMA-4", "page, consequence other", "Swapped or wrong values",
        "With ID and key in each other's field, or with wrong values, MMA is installed but the "
        "service refuses to register it, and the device does not onboard. The console may ask in "
        "another order than the portal shows; an ID is a GUID, which lint checks.",
        _MMA,
    ),
    Rule(
        "MMA-5", "page", "MMA is installed, never updated",
        "ConfigMgr installs MMA where it is needed and absent and leaves one that is there as it "
        "is. An old agent stays old, and one too old for the service never reports "
        "(agent_outdated).",
        _OVERVIEW,
    ),
    Rule(
        "MMA-6", "ours", "Corrected values help at the next evaluation",
        "When workspace values are supplied or put right, the devices that failed onboard at "
        "their next evaluation.",
        _CHOICE,
    ),
    Rule(
        "MMA-7", "page", "Workspace values serve mixed collections",
        "A policy with workspace values can go to any mix of systems; devices off the MMA route "
        "do not look at the values, even wrong ones.",
        _MMA,
    ),
    Rule(
        "MMA-8", "page", "One workspace for all",
        "The portal gives an organization one workspace ID and one key, whichever of its "
        "down-level choices is selected.",
        _MMA,
    ),
)  # fmt: skip
"""In the order in which a device meets them."""
