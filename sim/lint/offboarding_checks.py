"""Offboarding files: valid when they arrive, of the right organization, for the right systems."""

from collections.abc import Iterator
from datetime import date, timedelta

from sim.lint.changes import meant
from sim.lint.finding import Finding
from sim.lint.site_history import Aimed
from sim.lint.survey import Loc, Survey
from sim.reference.gates import last_valid_day, removes_mma, serves
from sim.scenario.model import Package
from sim.text.numbers import plural
from sim.units import WEEK, Seconds

SHORT_VALIDITY = timedelta(days=7)
"""For how long offboarding files are good by other pages than the product's own (OFF-2)."""

_ALL = "download the file for Windows 10 and 11, which serves every system"


def offboarding_files(survey: Survey) -> Iterator[Finding]:
    """Yield what is wrong with the file of each offboarding deployment (OFF-1 to OFF-5)."""
    for aimed in survey.site.offboarding():
        package = meant(survey.site.package_of[aimed.what], aimed.since)
        members = survey.belonging.meant(aimed.collection, aimed.since)
        yield from _validity(survey, aimed, package, members)
        yield from _organization(survey, aimed, package, members)
        yield from _systems(survey, aimed, package, members)


def _loc(aimed: Aimed) -> Loc:
    return "plan", aimed.coming.number, "deploy"


def _validity(
    survey: Survey, aimed: Aimed, package: Package, members: frozenset[int]
) -> Iterator[Finding]:
    clock = survey.ground.clock
    downloaded = package.downloaded or clock.date_at(0)
    last = last_valid_day(downloaded, survey.scenario.rules.offboarding_validity)
    arrives = clock.date_at(aimed.since)
    if arrives > last:
        what = f"the file {package.name} expired on {last}, before it arrives on {arrives}"
        advice = "download a new offboarding package and give it to the policy first"
        yield _expired(survey, "LNT-401", aimed, (what, advice), members)
        return
    latest = _latest_arrival(survey, aimed, members)
    if latest > last:
        what = f"the file {package.name} is valid through {last}, but reaches some members of"
        what += f" {aimed.collection} as late as {latest}"
        advice = "download it later, or deploy it earlier"
        yield _expired(survey, "LNT-402", aimed, (what, advice), members)
    if arrives > downloaded + SHORT_VALIDITY:
        days = (arrives - downloaded).days
        what = f"the file {package.name} arrives {days} days after its download; other pages than"
        what += " the product's say that it is valid for 7"
        yield survey.find("LNT-403", _loc(aimed), what, "download it within a week of its use")


def _expired(
    survey: Survey, id: str, aimed: Aimed, words: tuple[str, str], members: frozenset[int]
) -> Finding:
    return survey.find(id, _loc(aimed), *words, cause="offboarding_expired", devices=members)


def _latest_arrival(survey: Survey, aimed: Aimed, members: frozenset[int]) -> date:
    """Return when the last member applies the file: poll, evaluation, and what delays them.

    A gate may open until the end; computers that are not always on, newcomers of a collection
    that is evaluated weekly, and evaluations bound to windows come up to a week later.
    """
    ground, assumed = survey.ground, survey.ground.assumed
    sent = aimed.coming.latest
    if sent is None:
        return ground.clock.date_at(survey.scenario.horizon - 1)
    wait: Seconds = assumed["policy_poll_interval"] + assumed["first_evaluation_window"]
    bound = bool(survey.scenario.maintenance_windows)
    bound = bound and not survey.scenario.rules.evaluation_outside_windows
    slow = any(
        ground.fleet.devices[n].presence != "always_on" or ground.tenures[n].joins > aimed.since
        for n in members
    )
    return ground.clock.date_at(sent + wait + (WEEK if bound or slow else 0))


def _organization(
    survey: Survey, aimed: Aimed, package: Package, members: frozenset[int]
) -> Iterator[Finding]:
    site, devices = survey.scenario.organization, survey.ground.fleet.devices
    if package.organization != site:
        refuse = [n for n in members if _belongs_to(survey, n) not in ("", package.organization)]
        if refuse:
            what = f"the file {package.name} is of {package.organization}, not of {site}:"
            what += f" {plural(len(refuse), 'device refuses', 'devices refuse')} it"
            yield survey.find(
                "LNT-405", _loc(aimed), what, f"download an offboarding package of {site}",
                cause="other_organization", devices=refuse,
            )  # fmt: skip
        return
    strange = [n for n in members if devices[n].onboarded and devices[n].organization != site]
    if strange:
        what = f"{plural(len(strange), 'device')} of {aimed.collection} belong to another"
        what += f" organization and refuse the file {package.name}"
        yield survey.find(
            "LNT-407", _loc(aimed), what, "offboard them with a file of their own organization",
            cause="other_organization", devices=strange,
        )  # fmt: skip


def _belongs_to(survey: Survey, number: int) -> str:
    device = survey.ground.fleet.devices[number]
    if device.onboarded:
        return device.organization
    return survey.scenario.organization if survey.prospects.all[number].can_onboard else ""


def _systems(
    survey: Survey, aimed: Aimed, package: Package, members: frozenset[int]
) -> Iterator[Finding]:
    devices = survey.ground.fleet.devices
    unserved = [n for n in members if not serves(package.systems, devices[n].os)]
    if unserved:
        what = f"the file {package.name} is for {package.systems} and does not serve"
        what += f" {plural(len(unserved), 'device')}"
        yield survey.find(
            "LNT-404", _loc(aimed), what, _ALL, cause="payload_not_eligible", devices=unserved
        )
    if removes_mma(package.systems):
        return
    keep = [n for n in members if n not in unserved and _carries_mma(survey, n)]
    if keep:
        what = f"MMA stays on {plural(len(keep), 'device')} after offboarding with {package.name}"
        yield survey.find("LNT-406", _loc(aimed), what, _ALL, devices=keep)


def _carries_mma(survey: Survey, number: int) -> bool:
    prospect = survey.prospects.all[number]
    takes_mma = prospect.route is not None and prospect.route.agent == "mma"
    return takes_mma or "mma" in survey.ground.fleet.devices[number].agent.split("_and_")
