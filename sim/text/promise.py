"""How surely the date under P90 is known: between which dates it lies."""

import math
from datetime import datetime

from sim.accounts.headline import LEVELS, headline_of
from sim.judging.ranges import USUAL_CONFIDENCE
from sim.judging.statistics import fewest_for_percentile, percentile_ranks
from sim.runs.experiment import Experiment
from sim.text.numbers import day_text, since_start_text, wall_time
from sim.units import Seconds

_PER_CENT = 90
_SURE = f"{100 * USUAL_CONFIDENCE:g} %"


def p90_interval(experiment: Experiment) -> str:
    """Return between which dates the P90 of the highest level that has one lies.

    With 95 % confidence, from the order of the replications alone; open upwards where they are too
    few to tell. Empty for replications that tell nothing of a P90.
    """
    if len(experiment.results) < fewest_for_percentile(_PER_CENT):
        return ""
    times_of_each = [headline_of(each.summary)["time_to"] for each in experiment.results]
    whole = headline_of(experiment.summary)["time_to"]
    start = experiment.first.prepared.clock.datetime_at(0)
    for level in map(str, reversed(LEVELS)):
        if whole[level]["p90"] is None:
            continue
        times = sorted(
            math.inf if times[level] is None else times[level] for times in times_of_each
        )
        lower, upper = percentile_ranks(len(times), _PER_CENT, USUAL_CONFIDENCE)
        low = 0 if lower is None else times[lower]
        high = math.inf if upper is None else times[upper]
        return f"The P90 of {level} % lies {_between(low, high, start)} ({_SURE} confidence)."
    return ""


def _between(low: float, high: float, start: datetime) -> str:
    if math.isinf(high):
        return f"at {_date(round(low), start)} or later; more replications narrow it"
    return f"between {_date(round(low), start)} and {_date(round(high), start)}"


def _date(elapsed: Seconds, start: datetime) -> str:
    return f"{since_start_text(elapsed)} ({day_text(wall_time(start, elapsed))})"
