"""The headline of a run: coverage, or the goal of the plan when the fleet is already onboarded.

When coverage is at its highest level before the plan begins, it says nothing about the plan. Then
the headline is the goal of the last step that has one: a payload other than the one that most
devices start with (by a script or an updated policy), offboarding, or the MDE client (by a client
setting).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.language.tree import Series
from sim.measures.series import Counted, SeriesReader, percentages
from sim.measures.status import Profile
from sim.measures.tally import Tally
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.scenario import model
from sim.scenario.steps import Deploy, RunScript, SetClientSetting, Step, Update
from sim.units import Seconds

LEVELS = (50, 90, 95)
"""The levels whose first time is reported [per cent]."""


@dataclass(frozen=True, slots=True)
class HeadlineText:
    """The words for one kind of headline; `{payload}` stands for the payload's name."""

    whole: str
    """The devices of which the headline gives a share."""
    state: str
    """What is true of the share."""
    title: str
    """The headline as the title of a table or a row."""
    level: str
    """What stands before a level: `Coverage` 90 %."""
    line: str
    """The headline before its times; `{share}` stands for the share and the number of devices."""
    quality: str
    """The share as it follows a percentage."""
    topic: str
    """What a run with this headline is about."""


HEADLINE_TEXTS: Mapping[str, HeadlineText] = {
    "coverage": HeadlineText(
        whole="eligible devices",
        state="are onboarded",
        title="Coverage",
        level="Coverage",
        line="Coverage",
        quality="coverage",
        topic="coverage",
    ),
    "payload": HeadlineText(
        whole="onboarded devices",
        state="use the payload {payload}",
        title="New payload",
        level="In use by",
        line="Payload {payload} in use by {share} onboarded",
        quality="with payload {payload}",
        topic="the payload {payload}",
    ),
    "offboarding": HeadlineText(
        whole="eligible devices",
        state="are offboarded",
        title="Offboarded",
        level="Offboarded",
        line="Offboarded: {share} eligible",
        quality="offboarded",
        topic="offboarding",
    ),
    "mde_client": HeadlineText(
        whole="eligible down-level servers",
        state="have the MDE client",
        title="MDE client",
        level="MDE client on",
        line="MDE client on {share} down-level servers",
        quality="with the MDE client",
        topic="the MDE client",
    ),
}
"""The words for each kind of headline, by its `about`."""


def headline_of(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the headline of a summary; coverage, in the same form, where it names no other."""
    return summary.get("headline") or {
        "about": "coverage",
        "devices": summary.get("onboarded"),
        "of": summary.get("eligible"),
        "percent": summary.get("coverage_pct"),
        "time_to": summary.get("time_to", {}),
    }


COVERAGE = Series("device", "coverage_pct")
_SERVERS = frozenset(
    name
    for name, system in OPERATING_SYSTEMS.items()
    if level(system) == "down_level" and name.startswith("server")
)
_WITH_MDE_CLIENT = frozenset(("mde_client", "mma_and_mde_client"))


def headline(scenario: model.Scenario, tally: Tally) -> dict[str, Any] | None:
    """Return what a run is about other than coverage, as in summary.json; None for coverage.

    `about` is `payload`, `offboarding` or `mde_client`, `devices` those that have reached the goal
    at the end, and `of` all that it is for: onboarded devices; for offboarding, eligible devices;
    for the MDE client, eligible servers that can use it. `time_to` says when each of LEVELS was
    reached first [s].
    """
    reader = SeriesReader(tally)
    at_start = reader.values(COVERAGE, np.array([0], dtype=np.int64))[0]
    if not at_start >= LEVELS[-1]:
        return None
    goal = goal_of(scenario, most_used_at_start(tally))
    if goal is None:
        return None
    about, payload = goal
    goals: Mapping[str, tuple[Counted, Counted]] = {
        "payload": (uses(payload), is_onboarded),
        "offboarding": (lambda p: p.status == "offboarded", lambda p: p.eligible),
        "mde_client": (
            lambda p: _takes_mde_client(p) and p.agent in _WITH_MDE_CLIENT,
            _takes_mde_client,
        ),
    }
    part, whole = goals[about]
    end = np.array([scenario.horizon], dtype=np.int64)
    devices, of = (int(reader.counts(each, end)[0]) for each in (part, whole))
    return {
        "about": about,
        **({"payload": payload} if payload else {}),
        "devices": devices,
        "of": of,
        "percent": round(100 * devices / of, 6) if of else None,
        "time_to": {str(level): at for level, at in first_times(reader, part, whole).items()},
    }


def is_onboarded(profile: Profile) -> bool:
    """Return whether a device is eligible and onboarded to the site's organization."""
    return profile.status == "onboarded"


def uses(payload: str) -> Counted:
    """Return what counts the onboarded devices that use a payload."""
    return lambda profile: is_onboarded(profile) and profile.payload == payload


def _takes_mde_client(profile: Profile) -> bool:
    return profile.eligible and profile.os in _SERVERS


def goal_of(scenario: model.Scenario, at_start: str) -> tuple[str, str] | None:
    """Return the last goal of the plan: `payload` with its name, `offboarding` or `mde_client`.

    None when the plan has no such goal. *at_start* is the payload that most devices start with; a
    step that deploys it has no goal.
    """
    packages = {package.name: package for package in scenario.packages}
    kinds = {policy.name: policy.kind for policy in scenario.policies}
    for step in reversed(scenario.plan):
        if isinstance(step, Deploy) and kinds[step.deploy] == "offboarding":
            return "offboarding", ""
        if isinstance(step, SetClientSetting) and step.downlevel_client == "mde_client":
            return "mde_client", ""
        name = _new_package(step)
        if not name:
            continue
        package = packages[name]
        if package.kind == "offboarding":
            return "offboarding", ""
        if package.payload_name != at_start:
            return "payload", package.payload_name
    return None


def _new_package(step: Step) -> str:
    if isinstance(step, RunScript):
        return step.run_script
    return step.package if isinstance(step, Update) else ""


def most_used_at_start(tally: Tally) -> str:
    """Return the payload that most devices start with; empty when none has any."""
    payloads = [record.payload for record in tally.device_table.devices if record.payload]
    return next(iter(by_frequency(payloads)), "")


def by_frequency(words: Iterable[str]) -> list[str]:
    """Return distinct words, the most frequent first, then in order of name."""
    return [word for word, _ in Counter(sorted(words)).most_common()]


def first_times(reader: SeriesReader, part: Counted, whole: Counted) -> dict[int, Seconds | None]:
    """Return when a part of a whole reached each of LEVELS first [s], in the device view."""
    seconds = reader.seconds_of_change("device")
    share = percentages(reader.counts_after(part, seconds), reader.counts_after(whole, seconds))
    return {level: next(iter(seconds[share >= level].tolist()), None) for level in LEVELS}
