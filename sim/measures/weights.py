"""The definition of every measure: what a device with a profile adds to it.

A count is the sum of weights over devices. A percentage is the ratio of two counts. A percentage of
no devices (0 of 0) has no value (None), and no expectation passes on it.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sim.language.tree import Filter, Series
from sim.measures.status import Profile
from sim.vocabulary import MEASURES, SLICES

Weight = Callable[[Profile], int]
"""How much a device with this profile counts."""

_RECORD = frozenset(("not_onboarded", "agent_stopped", "inactive", "healthy"))


_OF_ALL: dict[str, Callable[[Profile], bool]] = {
    "eligible": lambda p: p.eligible,
    "targeted": lambda p: p.targeted,
    "policy_applied": lambda p: p.policy_applied,
    "onboarded": lambda p: p.status == "onboarded",
    "protected": lambda p: p.status == "onboarded" and p.health == "healthy",
    "offboarded": lambda p: p.status == "offboarded",
    "failed": lambda p: p.status == "failed",
    "waiting": lambda p: p.status == "waiting",
    "blocked": lambda p: bool(p.cause),
    "healthy": lambda p: p.health == "healthy",
    "inactive": lambda p: p.health == "inactive",
    "agent_stopped": lambda p: p.health == "agent_stopped",
    "not_onboarded": lambda p: p.health == "not_onboarded",
    "payload_in_use": lambda p: bool(p.payload),
    "payload_pending": lambda p: bool(p.payload_pending),
    "script_succeeded": lambda p: bool(p.scripts),
    "agents": lambda p: p.agent != "none",
    "sample_sharing": lambda p: bool(p.sample_sharing),
    "deployment": lambda p: bool(p.states),
    "tickets_waiting": lambda p: p.ticket[0] == "waiting",
    "tickets_in_work": lambda p: p.ticket[0] == "in_work",
    "remediated": lambda p: bool(p.remediated),
    "ever_onboarded": lambda p: p.health != "not_onboarded",
}

_WHOLES: dict[str, Callable[[Profile], bool]] = {
    "eligible": lambda p: p.eligible,
    "eligible_and_targeted": lambda p: p.eligible and p.targeted,
    "onboarded": lambda p: p.status == "onboarded",
    "reached_by_script": lambda p: p.awaits_script,
    "with_health": lambda p: p.health in _RECORD,
}

PERCENTAGES = {
    "onboarded_pct": ("onboarded", "eligible_and_targeted"),
    "coverage_pct": ("onboarded", "eligible"),
    "protected_pct": ("protected", "eligible"),
    "gauge_pct": ("ever_onboarded", "with_health"),
    "failed_pct": ("failed", "eligible_and_targeted"),
    "waiting_pct": ("waiting", "eligible_and_targeted"),
    "payload_in_use_pct": ("payload_in_use", "onboarded"),
    "script_succeeded_pct": ("script_succeeded", "reached_by_script"),
    "healthy_pct": ("healthy", "with_health"),
    "inactive_pct": ("inactive", "with_health"),
    "agent_stopped_pct": ("agent_stopped", "with_health"),
    "not_onboarded_pct": ("not_onboarded", "with_health"),
}
"""What each percentage counts, and of which devices."""

_OWN_LABEL: dict[str, Callable[[Profile], str]] = {
    "cause": lambda p: p.cause,
    "payload": lambda p: p.payload,
    "agent": lambda p: p.agent,
    "choice": lambda p: p.sample_sharing,
}

_LABEL_OF: dict[str, Callable[[Profile], str]] = {
    "payload_pending": lambda p: p.payload_pending,
    "tickets_waiting": lambda p: p.ticket[1],
    "tickets_in_work": lambda p: p.ticket[1],
    "remediated": lambda p: p.remediated,
}
"""The payload or cause by which these measures are labelled, in place of the device's own."""

_SEVERAL = {"collection": "collections", "policy": "policies"}
"""The slices of which a device can be in several, with their field of a profile."""


def _in_slices(profile: Profile, filters: tuple[Filter, ...]) -> bool:
    for chosen in filters:
        if chosen.label in _SEVERAL:
            fits = chosen.value in getattr(profile, _SEVERAL[chosen.label])
        else:
            fits = getattr(profile, chosen.label) == chosen.value
        if fits != chosen.equal:
            return False
    return True


def _label_fits(profile: Profile, measure: str, filters: tuple[Filter, ...]) -> bool:
    for chosen in filters:
        if chosen.label == "package":
            fits = chosen.value in profile.scripts
        else:
            read = _LABEL_OF.get(measure) or _OWN_LABEL[chosen.label]
            fits = read(profile) == chosen.value
        if fits != chosen.equal:
            return False
    return True


def _split(filters: Iterable[Filter]) -> tuple[tuple[Filter, ...], tuple[Filter, ...]]:
    """Return the slices among some filters, and those of the measure's own label."""
    slices = tuple(chosen for chosen in filters if chosen.label in SLICES)
    return slices, tuple(chosen for chosen in filters if chosen.label not in SLICES)


def weights(series: Series) -> tuple[Weight, Weight | None]:
    """Return numerator and denominator of a series as weights; a count has no denominator.

    Slices narrow the denominator of a percentage; the measure's own label does not.
    """
    slices, own = _split(series.filters)
    name = series.measure
    if name == "deployment":
        return _deployment(slices, own), None
    if not MEASURES[name].is_percentage:
        counts, is_of_any_agent = _OF_ALL[name], name == "agents" and own
        return (
            lambda p: int(
                bool(is_of_any_agent or counts(p))
                and _in_slices(p, slices)
                and _label_fits(p, name, own)
            ),
            None,
        )
    part, whole = (_OF_ALL[PERCENTAGES[name][0]], _WHOLES[PERCENTAGES[name][1]])
    return (
        lambda p: int(whole(p) and part(p) and _in_slices(p, slices) and _label_fits(p, name, own)),
        lambda p: int(whole(p) and _in_slices(p, slices)),
    )


class SliceFilter(NamedTuple):
    """Filters that decide whether a series counts a device at all: slices, or its own label."""

    family: str
    """`slices` for slices; else the measure whose label is read, or empty."""
    filters: tuple[Filter, ...]

    def keeps(self, profile: Profile) -> bool:
        """Return whether the series counts a device with this profile."""
        if self.family == "slices":
            return _in_slices(profile, self.filters)
        return _label_fits(profile, self.family, self.filters)


def split_series(series: Series) -> tuple[SliceFilter, SliceFilter, Series]:
    """Return the slices of a series, its own label, and the series without both.

    The weight of a series is the product of the three; the label does not narrow the denominator.
    Filters of `deployment` stay in the series, because `policy` narrows its pairs and not its
    devices. So does the label of `agents`, which also counts devices without an agent.
    """
    slices, own = _split(series.filters)
    name = series.measure
    remaining: tuple[Filter, ...] = ()
    if name == "deployment":
        slices, own, remaining = (), (), series.filters
    elif name == "agents":
        own, remaining = (), own
    family = name if name in _LABEL_OF else ""
    rest = Series(series.view, name, remaining)
    return SliceFilter("slices", slices), SliceFilter(family, own), rest


def _deployment(slices: tuple[Filter, ...], own: tuple[Filter, ...]) -> Weight:
    """Count pairs of device and policy; a `policy` slice narrows the pairs, not the devices."""
    policies = tuple(chosen for chosen in slices if chosen.label == "policy")
    others = tuple(chosen for chosen in slices if chosen.label != "policy")

    def count(profile: Profile) -> int:
        if not _in_slices(profile, others):
            return 0
        return sum(
            all((policy == chosen.value) == chosen.equal for chosen in policies)
            and all((state == chosen.value) == chosen.equal for chosen in own)
            for policy, state in profile.states
        )

    return count


def value(numerator: int, denominator: int | None) -> float | None:
    """Return a measure's value: the count, or the percentage 0 to 100; None for 0 of 0."""
    if denominator is None:
        return float(numerator)
    return 100 * numerator / denominator if denominator else None
