"""The rules of policies, clocks, monitoring, offboarding, new payloads and faults."""

from sim.reference.rule import Rule

_OVERVIEW = "product page, Onboarding with 2207 and later"
_MDE = "product page, Onboard devices using MDE Client"
_MONITOR = "product page, Monitor"
_OFFBOARDING = "product page, Create an offboarding configuration file"
_UPDATING = "product page, Updating the onboarding information"
_CHOICE = "choice of the simulation"
_DOCUMENTS = "vendor documentation beside the page"
_FIELD = "field reports"

OPERATION_RULES = (
    Rule(
        "POL-1", "page", "What a policy holds",
        "A policy has a name, a description, a kind, a configuration file, a choice of sample "
        "sharing and, if wanted, workspace ID and key. It is deployed to one or more collections.",
        _MDE,
    ),
    Rule(
        "POL-2", "page", "Sample sharing",
        "Every onboarded device carries its policy's choice: share no file samples, or all types.",
        _MDE,
    ),
    Rule(
        "POL-3", "page", "Files and keys are secret",
        "Configuration files and keys never show in a result, log, report, error or page. A "
        "scenario says present, absent or wrong, or names an environment variable; a literal "
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
        "POL-5", "ours", "Policies that contradict each other",
        "A device reached by an onboarding and an offboarding policy at once keeps its state, and "
        "policy_conflict is logged; lint calls it an error. Of two onboarding policies the one "
        "deployed first rules; policy_conflict is logged, and lint warns.",
        _CHOICE,
    ),
    Rule(
        "POL-7", "ours", "Withdrawing never offboards",
        "A device that no deployment reaches any more learns so at the poll after the "
        "collection's evaluation, and keeps state and payload.",
        _CHOICE,
    ),
    Rule(
        "POL-8", "page", "An offboarding policy holds less",
        "An offboarding policy has a name, a description and its file; its wizard asks for "
        "neither sample sharing nor workspace values.",
        _OFFBOARDING,
    ),
    Rule(
        "COL-1", "page", "Which procedure a collection needs",
        "If any member takes the MMA route, follow the procedure with workspace ID and key, "
        "otherwise the one of the MDE client. Lint says which, for each deployment, with the "
        "devices and the missing step.",
        _OVERVIEW,
    ),
    Rule(
        "TIM-4", "other", "When collections change",
        "Incremental collections are evaluated every 5 minutes, the others in full every 7 days "
        "counted from the start, and at once when a plan step edits them. Queries, direct "
        "members and includes add, the limiting collection bounds, excludes win.",
        _DOCUMENTS,
    ),
    Rule(
        "MON-1", "page", "Onboarding status",
        "The number and percentage of onboarded computers among those that are eligible, managed "
        "and reached by a deployment.",
        _MONITOR,
    ),
    Rule(
        "MON-2", "page", "Agent health",
        "Computers with a health record fall into the first tile that fits: not onboarded (policy "
        "applied, not reported onboarded), agent state (the service does not run), inactive (no "
        "data within the period), healthy. The tiles add up to 100 %.",
        _MONITOR,
    ),
    Rule(
        "MON-3", "ours", "The inactive period",
        "The page names no period; a computer counts as inactive after 7 days without data.",
        _MONITOR, "inactive_after",
    ),
    Rule(
        "MON-4", "other", "Three views of one device",
        "The device knows first, the console after a state message, the portal 5 to 30 minutes "
        "after the device and later on poor networks. They lag and may disagree.",
        _DOCUMENTS,
    ),
    Rule(
        "MON-5", "page", "Deployment status",
        "For each policy and collection the console counts devices as compliant, failed, in "
        "conflict or unknown.",
        "product page, introduction",
    ),
    Rule(
        "OFF-1", "page", "What offboarding does",
        "A valid offboarding policy offboards the members of its collection that no onboarding "
        "policy reaches too, and has MMA uninstalled where it is present. An MDE client stays.",
        _OFFBOARDING,
    ),
    Rule(
        "OFF-2", "page", "Offboarding files expire",
        "A file works through the end of the 30th day after its download, by the site's calendar, "
        "judged when a device would apply it; then offboarding_expired. Other pages say 7 days, "
        "which lint mentions.",
        _OFFBOARDING, "offboarding_validity",
    ),
    Rule(
        "OFF-3", "other", "After offboarding",
        "The portal keeps the device and shows it as inactive once the period has passed.",
        _DOCUMENTS,
    ),
    Rule(
        "OFF-4", "other", "Only the own organization's file works",
        "A device refuses an offboarding file that another organization issued "
        "(other_organization).",
        _DOCUMENTS,
    ),
    Rule(
        "OFF-5", "page, consequence ours", "Choose Windows 10 and 11",
        "Only the file downloaded for Windows 10 and 11 serves every system of a collection and "
        "removes MMA; a file for other systems serves those alone.",
        _OFFBOARDING,
    ),
    Rule(
        "UPD-1", "page", "A new payload waits for a restart",
        "An onboarded device that receives another payload uses it from its next restart.",
        _UPDATING,
    ),
    Rule(
        "UPD-2", "page", "Policy for the new, script for the old",
        "An updated policy gives its payload to the devices that onboard afterwards; devices "
        "already onboarded are moved once by the Group Policy script.",
        _UPDATING,
    ),
    Rule(
        "UPD-3", "ours", "Does an updated policy reach the old devices?",
        "The page does not say. By default it does not; the switch lets the new payload reach "
        "onboarded devices at their next evaluation.",
        _CHOICE, "update_reaches_onboarded",
    ),
    Rule(
        "UPD-4", "page, consequence ours", "Exclude the validation collection",
        "A device that the script moved while a policy with another payload still reaches it gets "
        "the policy's payload back at its next evaluation, once, used from the restart after "
        "(payload_reverted). Lint warns.",
        _UPDATING, "drift_reverted",
    ),
    Rule(
        "UPD-5", "page", "The order of a migration",
        "Script to an excluded validation collection, validate, update the policy, script to the "
        "existing collection, validate, remove script and validation collection. Lint names a "
        "step that is missing or out of order.",
        _UPDATING,
    ),
    Rule(
        "UPD-6", "page", "After the clean-up",
        "The policy alone carries on: new devices get the new payload, and the devices of the "
        "removed validation collection come back under it without a change.",
        _UPDATING,
    ),
    Rule(
        "UPD-7", "page, certainty ours", "No move between organizations",
        "A payload of another organization does not move an onboarded device: it has to be fully "
        "offboarded first (other_organization).",
        _UPDATING,
    ),
    Rule(
        "UPD-8", "other", "Streamlined connectivity has limits",
        "A streamlined package does not move Windows 10 1607 to 1803 while they are onboarded, "
        "and MMA devices never use one (payload_not_eligible).",
        _DOCUMENTS,
    ),
    Rule(
        "UPD-9", "ours", "The one-time script",
        "It takes an onboarding package of method Group Policy, another is refused "
        "(package_method). It runs once on each device that is or becomes a member, until it is "
        "removed; a device that is off runs it on its return.",
        _CHOICE,
    ),
    Rule(
        "UPD-10", "page", "What validation means",
        "After the migration both must hold: the script succeeded on the device, and the device "
        "uses the new payload. Both are measures.",
        _UPDATING,
    ),
    Rule(
        "TIM-1", "other", "Polling for policy",
        "A computer that is on asks for policy every 60 minutes. A poll missed while off happens "
        "within two minutes of power-on.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-2", "ours", "When a policy is evaluated",
        "First within 2 hours of its arrival, then every 7 days; a missed run within 2 hours of "
        "power-on. A changed payload or workspace is seen at the next scheduled run, a policy "
        "deployed anew counts as new. A failed onboarding is tried again there, a failed agent "
        "install every 24 hours.",
        _CHOICE,
    ),
    Rule(
        "TIM-3", "other", "State messages",
        "A computer that is on delivers what changed to the site every 15 minutes.",
        _DOCUMENTS,
    ),
    Rule(
        "TIM-5", "other", "Maintenance windows",
        "On a device that has windows, an agent is installed only inside one that is at least 30 "
        "minutes long and has 30 minutes left. Evaluation may run outside unless switched off.",
        _DOCUMENTS, "evaluation_outside_windows",
    ),
    Rule(
        "TIM-6", "other", "A shutdown is not always a restart",
        "Windows 10 and 11 with Fast Startup resume where they were: a payload that waits for a "
        "restart waits on.",
        "general knowledge of Windows",
    ),
    Rule(
        "TIM-7", "other", "When the script runs",
        "It arrives as required software: known at the next poll, run within 2 hours.",
        _DOCUMENTS,
    ),
    Rule(
        "FLT-1", "other", "ConfigMgr clients out of order",
        "No policy reaches a computer whose client is inactive or broken until it is repaired.",
        _FIELD,
    ),
    Rule(
        "FLT-2", "other", "The network blocks the service",
        "Where proxy or firewall cut the path to the service, onboarding fails (network_blocked). "
        "Whole locations are affected together.",
        _FIELD,
    ),
    Rule(
        "FLT-3", "other", "The service starts too slowly",
        "The attempt fails (service_start_failed); the next one usually passes.",
        _FIELD,
    ),
    Rule(
        "FLT-4", "other", "An installer fails",
        "An agent's installer fails for reasons of its own (install_failed), and a pending "
        "restart blocks it until the computer restarts (restart_pending).",
        _FIELD,
    ),
    Rule(
        "FLT-5", "other", "What MMA stumbles over",
        "MMA does not install where .NET is too old (dotnet_missing) and does not register where "
        "the clock is off by a quarter of an hour or more (clock_skew).",
        _DOCUMENTS,
    ),
    Rule(
        "FLT-6", "other", "Onboarded is not for ever",
        "The service stops now and then and is repaired; computers fall silent and return.",
        _FIELD,
    ),
    Rule(
        "FLT-7", "other", "Absence, metered links, duplicates",
        "Long absences and metered links delay everything; reimaging leaves second records.",
        _FIELD,
    ),
)  # fmt: skip
"""In the order in which a rollout meets them."""
