"""Every check of lint: its stable id, how severe a finding is, what it is about.

An error is a fault of the plan itself, for certain. A warning is likely to surprise, or a matter of
the fleet; a note is worth knowing. Ids are never given to another check.
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
    """The rule behind it, unless a finding names a closer one; empty for matters of language."""
    help: str
    """What it means, for people who see the id alone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint has to say."""

    check: Check
    what: str
    """A sentence without its stop; never repeats a value that could be a secret."""
    advice: str
    """What to do."""
    rule: str
    """The rule of the product behind it; empty where the matter is the language's own."""
    file: str
    line: int
    path: str
    """The place inside the file, such as `plan[pilot].when`."""
    cause: str = ""
    """A word of the vocabulary's causes, where devices fail."""
    devices: tuple[str, ...] = ()
    """The names of the devices concerned, in order."""
    story: tuple[str, ...] = ()
    """What happens to the first of them in the rehearsal, a line each, where devices fail."""

    @property
    def id(self) -> str:
        """The stable id of the check."""
        return self.check.id

    @property
    def severity(self) -> str:
        """`error`, `warning` or `note`."""
        return self.check.severity


_ROWS = (
    ("LNT-001", "error", "The scenario or its fleet cannot be used", "",
     "It cannot even be read: the message says what is wrong. Nothing else is checked."),
    # devices
    ("LNT-101", "error", "Devices cannot onboard because of the plan", "MMA-2",
     "These devices do not onboard, even without bad luck, and the reason is in the plan: "
     "workspace values, the package, the subscription."),
    ("LNT-102", "warning", "Devices cannot onboard as they are", "DWN-5",
     "The reason is on the devices: a prerequisite, the network, the system. Nothing in the "
     "rehearsal puts it right."),
    ("LNT-103", "warning", "Devices fail until a later step", "MMA-6",
     "These devices fail when the policy comes and cannot onboard before the named step."),
    ("LNT-104", "warning", "Devices that no policy reaches", "FLT-1",
     "The ConfigMgr client is inactive or broken, or the computer is never on. Without faults "
     "nothing repairs it; with them the client works again by chance, if the computer is ever "
     "on."),
    ("LNT-105", "note", "Eligible devices without an onboarding policy", "MON-1",
     "No deployment of the plan reaches these devices; coverage counts them all the same."),
    ("LNT-106", "note", "Devices that wait for the support desk", "DWN-9",
     "A technician repairs the cause, one device at a time; until then they cannot onboard."),
    # gates and expectations
    ("LNT-201", "error", "A gate can never open, and the plan waits or stops there", "MON-1",
     "Devices that cannot onboard keep the condition from holding, whatever becomes of all the "
     "others."),
    ("LNT-202", "warning", "A gate can never open; the plan goes on without it", "MON-1",
     "The step is skipped or carried out after its time, whatever happens before."),
    ("LNT-203", "warning", "A gate is unlikely to open", "MON-1",
     "It stays shut in the rehearsal, so even without bad luck. Other times, or clients that "
     "work again by chance, might open it."),
    ("LNT-204", "error", "A gate asks for a measure without data", "MON-1",
     "A percentage of nobody has no value, and a gate stays shut on it: the collection is "
     "empty or nothing is deployed to it while the gate waits."),
    ("LNT-205", "warning", "An expectation cannot hold", "MON-1",
     "It is missed in the rehearsal, and nothing that happens by chance could change that."),
    ("LNT-206", "warning", "An expectation is unlikely to hold", "MON-1",
     "It is missed in the rehearsal, so even without bad luck. What happens by chance in a run "
     "might still let it hold."),
    ("LNT-207", "warning", "An expectation asks for a measure without data", "MON-1",
     "A percentage of nobody has no value: the expectation stays inconclusive."),
    ("LNT-208", "warning", "A percentage written like a probability", "",
     "Percentages run from 0 to 100, probabilities from 0 to 1."),
    ("LNT-209", "note", "An expectation needs several replications", "",
     "Probabilities and statistics over replications are inconclusive with a single one."),
    ("LNT-210", "warning", "A comparison is about nothing", "",
     "Two numbers are compared, or a label has two values at once: the answer is always the "
     "same."),
    # procedures and policies
    ("LNT-301", "note", "The procedure that a deployment needs", "COL-1",
     "With workspace ID and key where any member takes the MMA route, that of the MDE client "
     "otherwise."),
    ("LNT-302", "warning", "A step of the needed procedure is missing", "COL-1",
     "When the policy is deployed, a step of the procedure that its members need is not done."),
    ("LNT-303", "error", "Onboarding and offboarding policies overlap", "POL-5",
     "A device under both keeps its state: neither policy does its work."),
    ("LNT-304", "warning", "Two onboarding policies overlap", "POL-5",
     "The one deployed first rules; the other is in conflict on these devices."),
    ("LNT-305", "warning", "A workspace value looks swapped", "MMA-4",
     "The value has the form of the other field; the ID is a GUID."),
    ("LNT-306", "warning", "A workspace value has the wrong form", "MMA-4",
     "An ID is a GUID, a key a long Base64 text."),
    ("LNT-307", "warning", "An environment variable is not set", "POL-3",
     "Nothing is known of the workspace value, and a run would refuse the scenario."),
    ("LNT-308", "warning", "Onboarding and offboarding policies may overlap", "POL-5",
     "They overlap in the rehearsal. In another run a gate may open at another time, or a "
     "collection may have other members."),
    # offboarding
    ("LNT-401", "error", "The offboarding file has expired before it arrives", "OFF-2",
     "The policy is deployed after the last valid day of its file."),
    ("LNT-402", "warning", "The offboarding file expires before it arrives everywhere", "OFF-2",
     "In the rehearsal some devices get it after its last valid day: their polls, evaluations, "
     "collections or maintenance windows come too late, or a gate opens too late."),
    ("LNT-403", "note", "Offboarding files may be good for 7 days only", "OFF-2",
     "The page says 30 days, other pages say 7; this file arrives after 7."),
    ("LNT-404", "error", "The offboarding file does not serve these systems", "OFF-5",
     "Only the file for Windows 10 and 11 serves every system and removes MMA."),
    ("LNT-405", "error", "The offboarding file is of another organization", "OFF-4",
     "A device refuses an offboarding file of an organization that it does not belong to."),
    ("LNT-406", "warning", "MMA stays after offboarding", "OFF-1",
     "Only the file for Windows 10 and 11 has MMA uninstalled."),
    ("LNT-407", "warning", "Devices refuse the offboarding file", "OFF-4",
     "These devices keep their onboarding: most often they belong to another organization than "
     "the file."),
    # a new payload
    ("LNT-501", "warning", "A step of the migration is missing", "UPD-5",
     "Script to an excluded validation collection, validate, update the policy, script to the "
     "existing collection, validate, remove."),
    ("LNT-502", "warning", "A step of the migration comes out of order", "UPD-5",
     "Script to an excluded validation collection, validate, update the policy, script to the "
     "existing collection, validate, remove."),
    ("LNT-503", "warning", "A policy takes back what the script writes", "UPD-4",
     "A policy with another payload still reaches the devices of the script: they get the old "
     "payload back at its next evaluation."),
    ("LNT-504", "warning", "A validation asks only half", "UPD-10",
     "After a migration both must hold: the script succeeded and its payload is in use."),
    # systems and collections
    ("LNT-601", "warning", "Systems past their support", "OS-3",
     "On the scenario's dates these systems are past their last day of support, Extended "
     "Security Updates counted."),
    ("LNT-602", "warning", "Releases later than the page", "OS-5",
     "The product page does not know these releases; they are treated as up-level."),
    ("LNT-603", "warning", "Windows 10 releases on which the page contradicts itself", "OS-2",
     "The up-level lists begin with 1607, the supported list with 1709; the switch "
     "windows_10_minimum decides."),
    ("LNT-604", "warning", "Servers take MMA after its retirement", "MMA-1",
     "Log Analytics ended the use of MMA on 2024-08-31; Server 2012 R2 and 2016 are meant to "
     "move to the MDE client."),
    ("LNT-611", "warning", "A query by build includes or misses systems", "OS-5",
     "A build number alone is a client and a server at once, and its order is not that of "
     "support."),
    ("LNT-612", "note", "A query names systems that the fleet does not have", "TIM-4",
     "Nothing is wrong with it, unless the name was meant to match."),
    ("LNT-613", "warning", "A collection is empty in this fleet", "TIM-4",
     "No device of the fleet is a member at any time of the rehearsal."),
    # windows and clocks
    ("LNT-701", "warning", "Maintenance windows too short to install an agent", "TIM-5",
     "An installation needs a window of the assumed least length with as much of it left."),
    ("LNT-702", "note", "Maintenance windows where no agent is installed", "TIM-5",
     "Windows limit when agents are installed; no device of this collection installs one."),
    ("LNT-703", "warning", "Evaluations wait for short maintenance windows", "TIM-5",
     "Evaluation, download and installation have to fit into one window, or wait for the next."),
    ("LNT-704", "warning", "A failed installation meets no further window", "TIM-2",
     "After the interval of retries no window is left before the end."),
    ("LNT-711", "note", "Collections that take in new devices once a week", "TIM-4",
     "Devices that join wait for the collection's weekly evaluation."),
    # client settings
    ("LNT-801", "warning", "The legacy default is left in place", "DWN-1",
     "The client setting for Server 2012 R2 and 2016 stands on MMA until somebody changes it."),
    ("LNT-802", "warning", "The MDE client setting has no effect", "DWN-3",
     "Site and client must be at 2207 or later; older ones take the legacy route."),
    ("LNT-803", "warning", "Client settings of equal priority overlap", "DWN-6",
     "Their priority does not decide which of the two rules."),
    ("LNT-804", "note", "A client setting has no effect on these systems", "DWN-8",
     "The setting concerns Server 2012 R2 and 2016 alone; Windows 8.1 takes MMA all the same."),
    # steps
    ("LNT-901", "error", "The administrator lacks the role for a step", "PRE-3",
     "The site refuses the step, and nothing changes."),
    ("LNT-902", "error", "The package does not fit the step", "UPL-3",
     "The site refuses a package of another method or kind, and nothing changes."),
    ("LNT-903", "error", "The site is too old for the client setting", "DWN-3",
     "The choice of the MDE client does not exist before version 2207."),
    ("LNT-904", "warning", "A step never comes", "",
     "It lies beyond the end, or a gate keeps it away in the rehearsal, or it comes too early."),
)  # fmt: skip

CHECKS: dict[str, Check] = {row[0]: Check(*row) for row in _ROWS}
"""Every check by id, in the order of docs/lint.md."""
