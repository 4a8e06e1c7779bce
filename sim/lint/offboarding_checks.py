"""Offboarding files: valid when they arrive, of the right organization, for the right systems."""

from collections.abc import Iterator
from datetime import date, timedelta

from sim.lint.analysis import Analysis, grouped
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import other_runs
from sim.lint.rehearsal import Numbers, Offer
from sim.reference.causes import CAUSE_TABLE
from sim.reference.gates import last_valid_day, removes_mma
from sim.scenario.steps import Update
from sim.text.numbers import plural
from sim.units import Seconds

SHORT_VALIDITY = timedelta(days=7)
"""How long an offboarding file is valid according to pages other than the product page (OFF-2)."""

SHORT_SINCE = date(2024, 12, 1)
"""The first day of download of which they say so."""

_MAY_RECOVER = ("inactive", "broken")
_EXPIRED = "offboarding_expired"
_ALL = "download the file for Windows 10 and 11, which works on every system"


def offboarding_files(analysis: Analysis) -> Iterator[Finding]:
    """Yield what is wrong with the file of each offboarding deployment (OFF-1 to OFF-5)."""
    for offer in analysis.witness.offers:
        yield from _refusals(analysis, offer)
        yield from _age(analysis, offer)
        yield from _mma_left(analysis, offer)


def _refusals(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    """Yield why devices refuse the file: when it comes, and later in the rehearsal."""
    policy, members = offer.reach.what, offer.reach.members
    left = {row.device for row in analysis.rows("offboarded") if row.policy == policy}
    at_once = grouped(
        ((decision.cause, decision.rule), number)
        for number, decisions in offer.refused.items()
        for decision in decisions
        if number not in left
    )
    later = grouped(
        ((row.cause, row.rule), row.device)
        for row in analysis.rows("offboarding_failed")
        if row.policy == policy and row.device in members
    )
    for reason in sorted({*at_once, *later, (_EXPIRED, "OFF-2")}):
        first = at_once.get(reason, Numbers())
        late = later.get(reason, Numbers()) - first
        if reason[0] == _EXPIRED:
            yield from _expired(analysis, offer, first, late)
        else:
            certain = _certainly_refuse(analysis, offer, reason[0], first | late)
            if certain:
                yield _refused(analysis, offer, reason, certain, is_certain=True)
            if rest := (first | late) - certain:
                yield _refused(analysis, offer, reason, rest, is_certain=False)


def _certainly_refuse(analysis: Analysis, offer: Offer, cause: str, devices: Numbers) -> Numbers:
    """Return those of the devices that refuse the file in every run.

    A device that onboards by then only in some runs belongs to no organization in others. So does
    one that another policy may have offboarded.
    """
    if not _keeps_file(analysis, offer):
        return Numbers()
    if cause != "other_organization":
        return devices
    is_alone = len({each.reach.what for each in analysis.witness.offers}) == 1
    return devices & analysis.onboarded_at_start if is_alone else Numbers()


def _validity(analysis: Analysis, offer: Offer) -> tuple[date, date, date]:
    """Return when a file was downloaded, its last valid day, and when it arrives."""
    clock = analysis.prepared.clock
    downloaded, validity = offer.package.downloaded, analysis.scenario.rules.offboarding_validity
    downloaded = downloaded or clock.date_at(0)
    last = last_valid_day(downloaded, validity, offer.package.valid_until)
    return downloaded, last, clock.date_at(offer.reach.since)


def _expired(analysis: Analysis, offer: Offer, first: Numbers, late: Numbers) -> Iterator[Finding]:
    loc, file, cause = analysis.steps[offer.reach.step].loc, offer.package.name, _EXPIRED
    _, last, arrives = _validity(analysis, offer)
    if first:
        is_certain = analysis.steps[offer.reach.step].is_exact and _keeps_file(analysis, offer)
        id = "LNT-401" if is_certain else "LNT-402"
        what = f"the file {file} expired on {last}, before it arrives on {arrives}"
        advice = "download a new offboarding package and give it to the policy first"
        yield analysis.find(id, loc, what, advice, cause=cause, devices=first)
    if late := (late | _stragglers_after(analysis, offer, last)) - first:
        what = f"the file {file} is valid through {last}, but may reach"
        what += f" {plural(len(late), 'device')} of {offer.reach.collection} later"
        advice = "download it later, deploy it earlier, or keep a newer file for the last devices"
        yield analysis.find("LNT-402", loc, what, advice, cause=cause, devices=late)


def _keeps_file(analysis: Analysis, offer: Offer) -> bool:
    """Say whether the policy has this file in every run, from its deployment on."""
    return all(
        step.is_exact and step.came is not None and step.came <= offer.reach.since
        for step, update in analysis.steps_of(Update)
        if update.update == offer.reach.what
    )


def _refused(
    analysis: Analysis,
    offer: Offer,
    reason: tuple[str, str],
    devices: Numbers,
    *,
    is_certain: bool,
) -> Finding:
    package, site, (cause, rule) = offer.package, analysis.scenario.organization, reason
    id, some = "LNT-407", plural(len(devices), "device")
    members = f"{some} of {offer.reach.collection}"
    if cause == "payload_not_eligible":
        id, advice = "LNT-404", _ALL
        what = f"the file {package.name} is for {package.systems} and does not work on {some}"
    elif cause == "other_organization" and package.organization != site:
        id, advice = "LNT-405", f"download an offboarding package of {site}"
        what = f"the file {package.name} belongs to {package.organization}, not to {site}:"
        what += f" {plural(len(devices), 'device refuses', 'devices refuse')} it"
    elif cause == "other_organization":
        advice = "offboard them with a file of their own organization"
        belong = "belongs" if len(devices) == 1 else "belong"
        what = f"the file {package.name} is refused: {members} {belong} to another organization"
    else:
        advice = CAUSE_TABLE[cause].remedy
        what = f"the file {package.name} does not offboard {members}:"
        what += f" {CAUSE_TABLE[cause].title} ({cause})"
    id = id if is_certain else "LNT-407"
    loc = analysis.steps[offer.reach.step].loc
    return analysis.find(id, loc, what, advice, rule=rule, cause=cause, devices=devices)


def _age(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    """Yield the devices that may apply a file of newer days after more than a week (OFF-2)."""
    downloaded, last, _ = _validity(analysis, offer)
    week = downloaded + SHORT_VALIDITY
    if downloaded < SHORT_SINCE or last <= week or offer.package.valid_until is not None:
        return
    applied, clock = _applied(analysis, offer), analysis.prepared.clock
    late = Numbers(n for n, time in applied.items() if week < clock.date_at(time) <= last)
    if late := late | _stragglers_after(analysis, offer, week, or_off=True):
        who = plural(len(late), "device")
        what = f"{who} of {offer.reach.collection} may apply the file {offer.package.name} after"
        what += f" {week}; files downloaded since December 2024 may be valid for only 7 days"
        advice = "download it less than a week before its devices use it, keep a newer file for"
        advice += " the last ones, or write valid_until: if the file names its last day"
        loc = analysis.steps[offer.reach.step].loc
        yield analysis.find("LNT-403", loc, what, advice, devices=late)


def _applied(analysis: Analysis, offer: Offer) -> dict[int, Seconds]:
    """Return when each member first applies the file in the rehearsal, or refuses it."""
    times: dict[int, Seconds] = {}
    for row in analysis.rows("offboarded", "offboarding_failed"):
        if row.policy == offer.reach.what and row.device in offer.reach.members:
            times.setdefault(row.device, row.time)
    return times


def _stragglers_after(
    analysis: Analysis, offer: Offer, last: date, *, or_off: bool = False
) -> Numbers:
    """Return the members that may get the file after a day, though the rehearsal has them earlier.

    They are rarely on, or have been silent, or a ConfigMgr client recovers by chance. *or_off*
    counts those that are off and may be switched on.
    """
    updated = {update.update for _, update in analysis.steps_of(Update)}
    ends = analysis.prepared.clock.date_at(analysis.scenario.horizon - 1)
    if ends <= last or offer.reach.what in updated:
        return Numbers()
    records = analysis.prepared.device_table.devices
    refused = {number for number, why in offer.refused.items() if why}

    def is_straggler(number: int) -> bool:
        device = analysis.devices[number]
        if device.presence == "off":
            return or_off
        is_silent = analysis.has_chance and records[number].is_silent
        return device.presence == "rare" or is_silent or device.client in _MAY_RECOVER

    found = Numbers(filter(is_straggler, offer.reach.members - refused))
    by_chance = analysis.has_chance or "client" in other_runs(analysis).patched
    if not by_chance:
        found -= {n for n in found if analysis.devices[n].client in _MAY_RECOVER}
    return found


def _mma_left(analysis: Analysis, offer: Offer) -> Iterator[Finding]:
    """Yield the devices that the file offboards and on which MMA remains (OFF-1)."""
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
        what = f"MMA remains on {plural(len(keep), 'device')} after offboarding with"
        what += f" {offer.package.name}"
        loc = analysis.steps[offer.reach.step].loc
        yield analysis.find("LNT-406", loc, what, _ALL, devices=keep)
