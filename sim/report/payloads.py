"""Payloads and scripts in the report: which one is used, whom a script reached, why it failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.accounts.payloads import PayloadAccount, PayloadCourse, ScriptCourse, ScriptFailure
from sim.report.data import ReportData
from sim.text.numbers import (
    MISSING,
    count_text,
    percent_text,
    remedy_for,
    share_of,
    since_start_text,
    system_text,
)

SCRIPT_ADVICE: Mapping[str, str] = {
    "payload_not_eligible": "The script does nothing on the legacy agent: turn such servers to the "
    "MDE client first. Windows 10 1607 to 1803 need a package for standard connectivity.",
    "other_organization": "The script does not move devices between organizations: offboard the "
    "device with a file of the organization that it belongs to, then onboard it.",
}
"""What to do where the one-time script failed, if that is not what to do about the cause."""

_MOST_SYSTEMS = 3


@dataclass(frozen=True, slots=True)
class PayloadTables:
    """What the section on payloads shows."""

    payloads: Sequence[tuple[str, Sequence[str]]]
    """Payload; cells: in use, share, waiting for a restart, and when 50, 90 and 95 % used it; how
    many were given it back, where that happened to any."""
    has_reverted: bool
    scripts: Sequence[tuple[str, str, Sequence[str]]]
    """Package, payload; cells: reached, succeeded, share, failed, not run yet."""
    failures: Sequence[tuple[str, str, str, str, str, str]]
    """Title, cause and rule, package, devices, systems, what to do."""


def payload_tables(report: ReportData) -> PayloadTables | None:
    """Return the rows of the section on payloads; None for a run of one payload, scriptless."""
    account = report.payloads
    if account is None:
        return None
    has_reverted = any(course.reverted for course in account.payloads)
    return PayloadTables(
        [(course.name, _payload(course, account, has_reverted)) for course in account.payloads],
        has_reverted,
        [(course.package, course.payload, _script(course)) for course in account.scripts],
        [_failure(row, report) for row in account.failures],
    )


def _payload(course: PayloadCourse, account: PayloadAccount, has_reverted: bool) -> list[str]:
    times = [
        MISSING if time is None else since_start_text(time) for time in course.time_to.values()
    ]
    return [
        count_text(course.used),
        percent_text(share_of(course.used, account.onboarded)),
        count_text(course.pending),
        *times,
        *([count_text(course.reverted)] if has_reverted else []),
    ]


def _script(course: ScriptCourse) -> list[str]:
    return [
        count_text(course.reached),
        count_text(course.succeeded),
        percent_text(share_of(course.succeeded, course.reached)),
        count_text(course.failed),
        count_text(course.missing),
    ]


def _failure(row: ScriptFailure, report: ReportData) -> tuple[str, str, str, str, str, str]:
    remedy = remedy_for(row.cause, report.remedies)
    named = ", ".join(map(system_text, row.systems[:_MOST_SYSTEMS]))
    more = len(row.systems) - _MOST_SYSTEMS
    return (
        remedy.title,
        ", ".join(filter(None, (row.cause, row.rule))),
        row.package,
        count_text(row.devices),
        named + (f" and {more} more" if more > 0 else ""),
        SCRIPT_ADVICE.get(row.cause, remedy.remedy),
    )


def payload_lead(report: ReportData) -> str:
    """Return the sentences that say what the lines and the band are; empty without the section."""
    account = report.payloads
    if account is None:
        return ""
    said = "Share of the onboarded devices that use each payload, as they truly are."
    if any(value > 0 for course in account.payloads[:1] for value in course.wait):
        said += " The band above the heavy line has received that payload and waits for a restart."
    if account.scripts:
        said += " The dotted line has run the one-time script with success."
    return said
