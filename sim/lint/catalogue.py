"""Every check of lint: its stable id, how severe a finding is, what it is about.

An error is a certain mistake in the plan. A warning may surprise you, or is a problem of the fleet;
a note is worth knowing. The id of a check is never used for another check.
"""

from dataclasses import dataclass

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of finding."""

    id: str
    severity: str
    title: str
    rule: str
    """The rule behind it, unless a finding names a more specific one; empty if it is about the
    language."""
    help: str
    """What it means, for readers who see only the id."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint found."""

    check: Check
    what: str
    """A sentence without its full stop; never contains a value that could be a secret."""
    advice: str
    """What to do."""
    rule: str
    """The rule of the product behind it; empty if it is about the language."""
    file: str
    line: int
    path: str
    """The place inside the file, such as `plan[pilot].when`."""
    cause: str = ""
    """One of the causes in the vocabulary, if devices fail."""
    devices: tuple[str, ...] = ()
    """The names of the devices concerned, in order."""
    story: tuple[str, ...] = ()
    """What happens to the first of them in the rehearsal, event by event, if devices fail."""

    @property
    def id(self) -> str:
        """The stable id of the check."""
        return self.check.id

    @property
    def severity(self) -> str:
        """`error`, `warning` or `note`."""
        return self.check.severity


MIGRATION_ORDER = (
    "the page's order: exclude a validation collection, run the script there, validate, update the"
    " policy, run the script on the existing collection, validate, remove the script and the"
    " validation collection"
)
_ROWS = (
    ("LNT-001", "error", "The scenario or its fleet cannot be used", "",
     "The message says what is wrong. Nothing else in this scenario is checked."),
    # devices
    ("LNT-101", "error", "Devices cannot onboard because of the plan", "MMA-2",
     "These devices do not onboard in any run, and the reason is in the plan: workspace values, "
     "the package, the subscription."),
    ("LNT-102", "warning", "Devices cannot onboard as they are", "DWN-5",
     "In the rehearsal these devices cannot onboard until the end. The reason is on the devices "
     "(a prerequisite, the network, the system), or it is in the plan but might be gone in "
     "another run."),
    ("LNT-103", "warning", "Devices fail until a later step", "MMA-6",
     "These devices fail when the policy comes and cannot onboard before the named step."),
    ("LNT-104", "warning", "Devices that no policy reaches", "FLT-1",
     "The ConfigMgr client is inactive or broken, or the computer is never on. With faults: "
     "none, nothing repairs a client. Otherwise it recovers at a time drawn by chance, if the "
     "computer is ever on."),
    ("LNT-105", "note", "Eligible devices without an onboarding policy", "MON-1",
     "No deployment of the plan reaches these devices, but coverage counts them."),
    ("LNT-106", "note", "Devices that wait for the support desk", "DWN-9",
     "A technician repairs the cause, one device at a time; until then they cannot onboard."),
    # gates and expectations
    ("LNT-201", "error", "A gate can never open, and the plan waits or stops there", "MON-1",
     "The condition is not met in any run, even if everything goes well on every device that can "
     "onboard by then."),
    ("LNT-202", "warning", "A gate can never open; the plan goes on without it", "MON-1",
     "As LNT-201, but the plan says what happens then (otherwise: skip or proceed)."),
    ("LNT-203", "warning", "A gate is unlikely to open", "MON-1",
     "It stays closed in the rehearsal, so even without bad luck. With other poll times, or if "
     "clients recover sooner, it might open in a run."),
    ("LNT-204", "error", "A gate asks for a measure without data", "MON-1",
     "A percentage of no devices has no value, and the gate stays closed. In every run, while "
     "the gate waits, the collection is empty or nothing is deployed to it."),
    ("LNT-205", "warning", "An expectation cannot be met", "MON-1",
     "It is not met in the rehearsal, and chance cannot change that in any run."),
    ("LNT-206", "warning", "An expectation is unlikely to be met", "MON-1",
     "It is not met in the rehearsal, so not even without bad luck. In a run it might still be "
     "met by chance."),
    ("LNT-207", "warning", "An expectation asks for a measure without data", "MON-1",
     "In the rehearsal it asks for a percentage of no devices. That has no value, so the "
     "expectation is inconclusive."),
    ("LNT-208", "warning", "A percentage written like a probability", "",
     "Percentages run from 0 to 100, probabilities from 0 to 1."),
    ("LNT-209", "note", "An expectation needs several replications", "",
     "Probabilities and statistics over replications are inconclusive with a single one."),
    ("LNT-210", "warning", "A comparison that always has the same result", "",
     "It compares two numbers, or asks for devices with two values of one label. The result is "
     "the same in every run."),
    # procedures and policies
    ("LNT-301", "note", "The procedure that a deployment needs", "COL-1",
     "If any member takes the MMA route, the policy needs the workspace ID and key. Otherwise "
     "the procedure of the MDE client is enough."),
    ("LNT-302", "warning", "A step of the needed procedure is missing", "COL-1",
     "A step of the procedure has not been done when the policy is deployed."),
    ("LNT-303", "error", "Onboarding and offboarding policies overlap", "POL-5",
     "A device that both policies target keeps its state. Neither policy has an effect on it."),
    ("LNT-304", "warning", "Two onboarding policies overlap", "POL-5",
     "The policy that was deployed first applies. The other one is in conflict on these devices."),
    ("LNT-305", "warning", "A workspace value looks swapped", "MMA-4",
     "The value has the form of the other field. The ID is a GUID, the key is a long Base64 "
     "text."),
    ("LNT-306", "warning", "A workspace value has the wrong form", "MMA-4",
     "The ID must be a GUID, and the key a long Base64 text."),
    ("LNT-307", "warning", "An environment variable is not set", "POL-3",
     "Lint cannot check the workspace value, and a run would refuse the scenario."),
    ("LNT-308", "warning", "Onboarding and offboarding policies may overlap", "POL-5",
     "They overlap in the rehearsal. In another run a gate may open at another time, or a "
     "collection may have other members."),
    # offboarding
    ("LNT-401", "error", "The offboarding file has expired before it arrives", "OFF-2",
     "The policy is deployed after the last valid day of its file."),
    ("LNT-402", "warning", "The offboarding file expires before it arrives everywhere", "OFF-2",
     "Some devices may get it after its last valid day: their polls, evaluations, collections or "
     "maintenance windows come too late, a gate opens too late, they are rarely on, or their "
     "ConfigMgr client recovers too late."),
    ("LNT-403", "warning", "Offboarding files may be valid for only 7 days", "OFF-2",
     "The product page says 30 days; newer pages say 7, for files downloaded since December 2024. "
     "These devices may apply the file later: mostly those that are rarely on, off, silent, or "
     "whose ConfigMgr client does not work. Write valid_until: if the file names its last day."),
    ("LNT-404", "error", "The offboarding file is not for these systems", "OFF-5",
     "Only the file for Windows 10 and 11 works on every system and removes MMA."),
    ("LNT-405", "error", "The offboarding file belongs to another organization", "OFF-4",
     "A device refuses an offboarding file of an organization that it does not belong to."),
    ("LNT-406", "warning", "MMA remains installed after offboarding", "OFF-1",
     "Only the file for Windows 10 and 11 uninstalls MMA."),
    ("LNT-407", "warning", "Devices refuse the offboarding file", "OFF-4",
     "These devices stay onboarded. Most often they belong to another organization than the "
     "file."),
    # a new payload
    ("LNT-501", "warning", "A step of the migration is missing", "UPD-5",
     f"Keep {MIGRATION_ORDER}."),
    ("LNT-502", "warning", "A step of the migration comes out of order", "UPD-5",
     f"Keep {MIGRATION_ORDER}."),
    ("LNT-503", "warning", "A policy undoes what the script writes", "UPD-4",
     "A policy with another payload still targets the devices of the script. At its next "
     "evaluation they get the old payload back."),
    ("LNT-504", "warning", "A gate validates only half of the migration", "UPD-10",
     "After a migration both must be true: the script succeeded, and its payload is in use."),
    ("LNT-505", "warning", "A script fails on devices", "UPD-8",
     "The script fails on these devices even without bad luck: it cannot add the sensor, or its "
     "package is not for them."),
    # systems and collections
    ("LNT-601", "warning", "Systems that are out of support", "OS-3",
     "On the scenario's dates the support of these systems has ended, including Extended "
     "Security Updates."),
    ("LNT-602", "warning", "Releases that the product page does not list", "OS-5",
     "These releases came out after the product page. They are treated as up-level."),
    ("LNT-603", "warning", "Windows 10 releases that only one list of the page contains", "OS-2",
     "The up-level lists begin with 1607, the supported list with 1709; the switch "
     "windows_10_minimum decides."),
    ("LNT-604", "warning", "Servers use MMA after its retirement", "MMA-1",
     "Log Analytics ended support for MMA on 2024-08-31. Server 2012 R2 and 2016 should move to "
     "the MDE client."),
    ("LNT-605", "note", "Co-managed devices among the targets", "PRE-6",
     "Intune or Configuration Manager onboards them, whichever holds the Endpoint Protection "
     "workload; endpoint_protection_workload under site says which."),
    ("LNT-606", "warning", "Devices onboard without Defender Antivirus", "",
     "Up-level systems onboard without it, so nothing fails; but nothing blocks malware on them "
     "either, unless another antivirus does."),
    ("LNT-611", "warning", "A query by build includes or misses systems", "OS-5",
     "Clients and servers share build numbers, and a higher build does not always mean a "
     "supported system."),
    ("LNT-612", "note", "A query names systems that the fleet does not have", "TIM-4",
     "That is fine, unless you expected it to match a device."),
    ("LNT-613", "warning", "A collection is empty in this fleet", "TIM-4",
     "No device of the fleet is a member at any time of the rehearsal."),
    ("LNT-614", "warning", "Configuration Manager reads the builds of a query as text", "OS-5",
     "WMI compares build numbers as text, character by character: 9600 is greater than 14393. "
     "The query has other members there than here."),
    # windows and clocks
    ("LNT-701", "warning", "Maintenance windows too short to install an agent", "TIM-5",
     "An installation needs a window of at least the assumed length, and begins only if that "
     "much of the window is left."),
    ("LNT-702", "note", "Maintenance windows without an effect on this plan", "TIM-5",
     "They bind neither an evaluation nor an installation, or they are for task sequences."),
    ("LNT-703", "warning", "Evaluations wait for short maintenance windows", "TIM-5",
     "Evaluation, download and installation have to fit into one window, or wait for the next."),
    ("LNT-704", "warning", "A failed installation has no later window", "TIM-2",
     "No window is open between the retry and the end of the run."),
    ("LNT-705", "warning", "A maintenance window never opens", "TIM-5",
     "It begins after the end of the run, so the devices that have no other wait for good."),
    ("LNT-706", "warning", "Evaluations wait more than two weeks for a maintenance window", "TIM-5",
     "Policies are evaluated only inside windows, so each new attempt waits for the next one."),
    ("LNT-707", "warning", "A policy is evaluated once at most", "TIM-10",
     "The schedule of the deployment is longer than what is left of the run."),
    ("LNT-708", "warning", "A ConfigMgr client is never upgraded", "TIM-8",
     "Where maintenance windows bind the device, an upgrade needs two of them."),
    ("LNT-709", "warning", "An agent was not distributed to a location", "DWN-2",
     "Devices whose boundary group has no distribution point with the content wait for good."),
    ("LNT-711", "note", "Collections that take in new devices once a day", "TIM-4",
     "Devices that join wait for the site's full evaluation at 04:00."),
    # client settings
    ("LNT-801", "warning", "The legacy default is left in place", "DWN-1",
     "The client setting for Server 2012 R2 and 2016 is MMA until you change it."),
    ("LNT-802", "warning", "The MDE client setting has no effect", "DWN-3",
     "The site and the ConfigMgr client need version 2207 or later. With an older version, the "
     "server takes the legacy route."),
    ("LNT-803", "warning", "Client settings of equal priority overlap", "DWN-6",
     "Their priority does not decide which of the two applies."),
    ("LNT-804", "note", "A client setting has no effect on these systems", "DWN-8",
     "The setting applies only to Server 2012 R2 and 2016. Windows 8.1 always takes MMA."),
    # steps
    ("LNT-901", "error", "The administrator lacks the role for a step", "PRE-3",
     "The site refuses the step, and nothing changes."),
    ("LNT-902", "error", "The package does not fit the step", "UPL-3",
     "The site refuses a package of another method or kind, and nothing changes."),
    ("LNT-903", "error", "The site is too old for the client setting", "DWN-3",
     "Versions before 2207 do not have the MDE client setting."),
    ("LNT-904", "warning", "A step never comes", "",
     "It follows a step that never comes, its time is after the end, the plan has stopped at a "
     "gate, or the site refuses it in the rehearsal because it comes too early."),
    ("LNT-905", "error", "A patch leaves onboarded devices silent", "CON-1",
     "It removes the agent, cuts the path to the service or upgrades a server with its agent on "
     "it. The devices stay onboarded, but the service no longer hears of them."),
)  # fmt: skip

CHECKS: dict[str, Check] = {row[0]: Check(*row) for row in _ROWS}
"""Every check by id, in the order of docs/lint.md."""
