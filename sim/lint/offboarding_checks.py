"""Offboarding files: valid when they arrive, of the right organization, for the right systems."""

from collections.abc import Iterator
from datetime import timedelta

from sim.lint.analysis import Analysis, Loc
from sim.lint.catalogue import Finding
from sim.lint.rehearsal import Offer
from sim.reference.causes import CAUSE_TABLE
from sim.reference.gates import last_valid_day, removes_mma
from sim.scenario.steps import Update
from sim.text.numbers import plural

SHORT_VALIDITY = timedelta(days=7)
"""For how long offboarding files are good by other pages than the product's own (OFF-2)."""

_ALL = "download the file for Windows 10 and 11, which serves every system"


def offboarding_files(analysis: Analysis) -> Iterator[Finding]:
    """Yield what is wrong with the file of each offboarding deployment (OFF-1 to OFF-5)."""
    for offer in analysis.witness.offers:
        yield from _refusals(analysis, offer)
        yield from _age(analysis, offer)
        yield from _mma_left(analysis, offer)


def _loc(analysis: Analysis, offer: Offer) -> Loc:
    return analysis.steps[offer.reach.step].loc


def _refusals(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    """Yield for what causes devices refuse the file: when it comes, and in the rehearsal later."""
    at_once: dict[tuple[str, str], set[int]] = {}
    left = {row.device for row in analysis.rows("offboarded") if row.policy == offer.reach.what}
    for number, decisions in offer.refused.items():
        for one in decisions:
            if number not in left:
                at_once.setdefault((one.cause, one.rule), set()).add(number)
    later: dict[tuple[str, str], set[int]] = {}
    for row in analysis.rows("offboarding_failed"):
        if row.policy == offer.reach.what and row.device in offer.reach.members:
            later.setdefault((row.cause, row.rule), set()).add(row.device)
    for cause, rule in sorted({*at_once, *later}):
        devices = at_once.get((cause, rule), set())
        late = later.get((cause, rule), set()) - devices
        if cause == "offboarding_expired":
            yield from _expired(analysis, offer, devices, late)
        else:
            yield _refused(analysis, offer, cause, rule, devices | late)


def _expired(
    analysis: Analysis, offer: Offer, devices: set[int], late: set[int]
) -> Iterator[Finding]:
    clock, package, reach = analysis.prepared.clock, offer.package, offer.reach
    downloaded = package.downloaded or clock.date_at(0)
    last = last_valid_day(downloaded, analysis.scenario.rules.offboarding_validity)
    if devices:
        is_certain = analysis.is_exact[reach.step] and _keeps_file(analysis, offer)
        id = "LNT-401" if is_certain else "LNT-402"
        what = f"the file {package.name} expired on {last}, before it arrives on"
        what += f" {clock.date_at(reach.since)}"
        advice = "download a new offboarding package and give it to the policy first"
        yield analysis.find(
            id, _loc(analysis, offer), what, advice, cause="offboarding_expired", devices=devices
        )
    if late:
        what = f"the file {package.name} is valid through {last}, but reaches"
        what += f" {plural(len(late), 'device')} of {reach.collection} later"
        yield analysis.find(
            "LNT-402", _loc(analysis, offer), what, "download it later, or deploy it earlier",
            cause="offboarding_expired", devices=late,
        )  # fmt: skip


def _keeps_file(analysis: Analysis, offer: Offer) -> bool:
    """Say whether the policy has this file in every run, from its deployment on."""
    for one in analysis.steps:
        if isinstance(one.step, Update) and one.step.update == offer.reach.what:
            is_over = one.came is not None and one.came <= offer.reach.since
            if not (is_over and analysis.is_exact[one.number]):
                return False
    return True


def _refused(analysis: Analysis, offer: Offer, cause: str, rule: str, devices: set[int]) -> Finding:
    package, site = offer.package, analysis.scenario.organization
    count = plural(len(devices), "device")
    certain = _keeps_file(analysis, offer)
    if cause == "payload_not_eligible":
        id, advice = "LNT-404" if certain else "LNT-407", _ALL
        what = f"the file {package.name} is for {package.systems} and does not serve {count}"
    elif cause == "other_organization" and package.organization != site:
        id = "LNT-405" if certain else "LNT-407"
        advice = f"download an offboarding package of {site}"
        what = f"the file {package.name} is of {package.organization}, not of {site}:"
        what += f" {plural(len(devices), 'device refuses', 'devices refuse')} it"
    elif cause == "other_organization":
        id, advice = "LNT-407", "offboard them with a file of their own organization"
        what = f"{count} of {offer.reach.collection} belong to another organization and refuse the"
        what += f" file {package.name}"
    else:
        id, advice = "LNT-407", CAUSE_TABLE[cause].remedy
        what = f"{count} of {offer.reach.collection} do not offboard with the file {package.name}:"
        what += f" {CAUSE_TABLE[cause].title} ({cause})"
    return analysis.find(
        id, _loc(analysis, offer), what, advice, rule=rule, cause=cause, devices=devices
    )


def _age(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    clock = analysis.prepared.clock
    downloaded = offer.package.downloaded or clock.date_at(0)
    arrives = clock.date_at(offer.reach.since)
    last = last_valid_day(downloaded, analysis.scenario.rules.offboarding_validity)
    if downloaded + SHORT_VALIDITY < arrives <= last:
        days = (arrives - downloaded).days
        what = f"the file {offer.package.name} arrives {days} days after its download; other pages"
        what += " than the product's say that it is valid for 7"
        advice = "download it within a week of its use"
        yield analysis.find("LNT-403", _loc(analysis, offer), what, advice)


def _mma_left(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    """Yield the devices that the file offboards and on which MMA stays (OFF-1)."""
    if removes_mma(offer.package.systems):
        return
    keep = {
        row.device
        for row in analysis.rows("offboarded")
        if row.policy == offer.reach.what
        and row.device in offer.reach.members
        and "mma" in analysis.tally.state_of(row.device).truth.agent.split("_and_")
    }
    if keep:
        what = f"MMA stays on {plural(len(keep), 'device')} after offboarding with"
        what += f" {offer.package.name}"
        yield analysis.find("LNT-406", _loc(analysis, offer), what, _ALL, devices=keep)
