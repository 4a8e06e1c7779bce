"""What a reader must know before trusting a comparison: chance, replications, times, fleets."""

from collections.abc import Iterator

from sim.accounts.headline import HEADLINE_TEXTS
from sim.comparison.comparison import RunComparison
from sim.comparison.estimates import FEWEST
from sim.scenario.workspace import variable_names
from sim.text.numbers import count_text, printable
from sim.units import format_duration


def comparison_notes(comparison: RunComparison) -> tuple[str, ...]:
    """Return the notes of a comparison, each a sentence or two, the most important first."""
    parts = (_chance, _devices, _replications, _times, _fleets, _secrets, _headlines, _versions)
    return (*comparison.remarks, *(note for part in parts for note in part(comparison)))


def _chance(c: RunComparison) -> Iterator[str]:
    a, b = c.a.scenario.seed, c.b.scenario.seed
    if c.is_paired:
        return
    why = f"A has seed {a}, B seed {b}" if a != b else "no replication has the same number in both"
    yield (
        f"The runs are not paired by common random numbers: {why}. Part of every difference is"
        " chance."
    )


def _devices(c: RunComparison) -> Iterator[str]:
    """Say that the devices are not paired, although the measures are."""
    a, b = c.a.replications[0], c.b.replications[0]
    if c.is_paired and a != b:
        yield (
            f"Devices are those of replication {a} of A and {b} of B, which differ by chance: part"
            " of every difference between them is chance."
        )


def _replications(c: RunComparison) -> Iterator[str]:
    counts, pairs = (len(c.a.replications), len(c.b.replications)), len(c.pairs)
    if counts != (pairs, pairs):
        yield f"A has {counts[0]} and B {counts[1]} replications; {pairs} of each are compared."
    if not c.differs:
        return
    if pairs < FEWEST:
        yield (
            "One replication of each: no interval says how far chance alone would carry the"
            f" differences. {FEWEST} replications would give one, 10 or more a useful one."
        )
    else:
        a, b = c.a.replications[0], c.b.replications[0]
        which = f"{a}" if a == b else f"{a} of A and {b} of B"
        yield f"Devices are those of replication {which}; all else is the mean of {pairs}."


def _times(c: RunComparison) -> Iterator[str]:
    a, b = c.a.scenario, c.b.scenario
    if a.horizon != b.horizon:
        yield (
            f"A ends after {format_duration(a.horizon)}, B after {format_duration(b.horizon)}:"
            f" measures are compared up to {format_duration(c.measures.end or 0)}, devices at the"
            " end of each."
        )
    if a.reporting.interval != b.reporting.interval:
        count = count_text(len(c.measures.instants))
        yield f"The reporting intervals differ: measures are compared at {count} common times."
    if a.start != b.start:
        yield "The starts differ: all times count from the start of each run."


def _fleets(c: RunComparison) -> Iterator[str]:
    if c.a.fleet != c.b.fleet:
        yield (
            "The fleets are not the same: a device may differ because of its traits, not because"
            " of the plan."
        )


def _secrets(c: RunComparison) -> Iterator[str]:
    """Say that environment variables may have differed, if nothing else explains a difference."""
    names = {*variable_names(c.a.scenario), *variable_names(c.b.scenario)}
    if names and c.differs and not c.edits:
        yield (
            f"The values of {', '.join(sorted(map(printable, names)))} are not stored: they may"
            " have differed between the two runs."
        )


def _headlines(c: RunComparison) -> Iterator[str]:
    if c.headline is not None:
        yield f"Both are about {_about(c.headline.about, c.headline.payload)}, and judged by that."
    elif set(c.headlines) != {"coverage"}:
        a, b = (_about(goal) for goal in c.headlines)
        goals = f"A is about {a}, B about {b}" if a != b else f"Both bring {a}, but not the same"
        yield f"{goals}: they are judged by coverage."


def _about(about: str, payload: str = "") -> str:
    if about == "payload" and not payload:
        return "a payload"
    return HEADLINE_TEXTS[about].topic.format(payload=printable(payload))


def _versions(c: RunComparison) -> Iterator[str]:
    if c.a.version != c.b.version:
        a, b = printable(c.a.version), printable(c.b.version)
        yield f"A was run by version {a} of fleetsim, B by {b}: results may differ because of that."
