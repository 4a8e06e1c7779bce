"""The words of the report's sections: parts, stages, distribution points, faults, scripts, desk."""

from collections.abc import Mapping

from sim.accounts.content import DEFAULT_POINT, PointLoad
from sim.accounts.desk import DeskAccount
from sim.report.data import ReportData
from sim.text.numbers import count_text, date_text, elapsed_text, percent_text, plural, wall_time
from sim.units import HOUR, Seconds

PART_TITLES: Mapping[str, str] = {
    "os": "By operating system",
    "location": "By location",
    "collection": "By collection",
}

STAGE_TEXTS: Mapping[str, tuple[str, str]] = {
    "collection": (
        "Collection",
        "from joining the fleet until the device is in the deployed collection",
    ),
    "poll": (
        "Policy poll",
        "from the deployment until the device receives the policy, including time off and time "
        "without a working client",
    ),
    "evaluation": ("Evaluation", "from receiving the policy until its first evaluation"),
    "content": ("Download", "from the evaluation until the installer of the agent is downloaded"),
    "window": ("Maintenance window", "from the download until a window allows the installation"),
    "install": (
        "Installation",
        "until the agent is installed, including failed attempts and the waits between them",
    ),
    "registration": (
        "Service start",
        "from applying the policy until the service has started and registered",
    ),
    "retry": ("Next attempt", "from a failure or refusal until the next evaluation of the policy"),
    "restart": ("Restart", "while an installation or a new payload waits for a restart"),
    "report": ("Report", "from onboarding until the console shows it"),
}
"""The title of each stage, and how long it lasts."""

EVENT_TITLES: Mapping[str, str] = {
    "agent_stopped": "Service stopped after onboarding",
    "went_inactive": "No contact for the inactive period",
}
"""The titles of the faults that are not causes."""


def point_title(load: PointLoad) -> str:
    """Name a distribution point by its location, the default one by how many it serves."""
    if load.name != DEFAULT_POINT:
        return load.name
    return f"Default, for {plural(load.locations, 'location')}"


SCRIPT_ADVICE: Mapping[str, str] = {
    "payload_not_eligible": "The script has no effect on the legacy agent: move these servers to "
    "the MDE client first. Windows 10 1607 to 1803 needs a package for standard connectivity.",
    "other_organization": "The script does not move devices between organizations: offboard the "
    "device with the offboarding file of its own organization, then onboard it.",
}
"""What to do where the one-time script failed, where the remedy of the cause does not apply."""

FULL = 95
"""A week is full when the technicians work at least this much of their hours [per cent]."""


def desk_answer(desk: DeskAccount, report: ReportData) -> str:
    """Return the sentences that say how many people were needed for how long."""
    people, counts = plural(desk.technicians, "technician"), desk.all
    if not counts.opened:
        return f"{people}, and no ticket: the console showed nothing that they repair."
    if desk.cleared is None:
        answer = f"{people} did not clear the queue within {elapsed_text(report.horizon)}"
    else:
        when = date_text(wall_time(report.start, desk.cleared))
        answer = f"{people} had cleared the queue after {elapsed_text(desk.cleared)} ({when})"
    repaired = f"{count_text(counts.repaired)} of {count_text(counts.opened)} tickets repaired"
    full = sum(week.load is not None and week.load >= FULL for week in desk.weeks)
    weeks = {0: "no week was", 1: "1 week was"}.get(full, f"{full} weeks were")
    sentences = [
        f"{answer}: {repaired}, {count_text(counts.not_found)} worked on without result because the"
        f" computer was not found, {count_text(counts.closed)} closed without work,"
        f" {count_text(counts.waiting)} still waiting at the end.",
        f"The work took {hours_text(counts.worked)}, {percent_text(desk.load)} of their hours; "
        f"{weeks} full.",
    ]
    if counts.in_work:
        verb = "is" if counts.in_work == 1 else "are"
        sentences.append(f"{count_text(counts.in_work)} {verb} still in work at the end.")
    return " ".join(sentences)


def hours_text(time: Seconds) -> str:
    """Write working time in hours.

    >>> hours_text(5400), hours_text(0), hours_text(1_395_000)
    ('1.5 h', '0 h', '387.5 h')
    """
    return f"{time / HOUR:,.1f}".removesuffix(".0") + " h"
