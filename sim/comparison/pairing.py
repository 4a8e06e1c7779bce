"""From two run folders to their comparison."""

from collections.abc import Iterator
from pathlib import Path

from sim.comparison.comparison import (
    RunComparison,
    common_horizon,
    coverage_goal,
    headline_goal,
    headlines,
)
from sim.comparison.devices import pair_devices
from sim.comparison.estimates import MeasureGrid, common_instants, measure_differences, ordered_keys
from sim.comparison.folders import ReadRun, read_run
from sim.errors import Problem, UnusableInput
from sim.scenario.edits import plan_edits


def compare_folders(
    folders: tuple[Path, Path], given: tuple[str, str], remarks: tuple[str, ...] = ()
) -> RunComparison:
    """Compare two run folders; *given* is what the person called them.

    *remarks* are notes on how the folders came about, told before the comparison's own. Raises
    UnusableInput with a problem for each file of either folder that is missing or damaged.
    """
    runs, problems = [], []
    for folder, name in zip(folders, given, strict=True):
        try:
            runs.append(read_run(folder, name))
        except UnusableInput as error:
            problems += [one for one in error.problems if one not in problems]
    if problems:
        raise UnusableInput(problems)
    return compare_runs(runs[0], runs[1], remarks)


def compare_runs(a: ReadRun, b: ReadRun, remarks: tuple[str, ...] = ()) -> RunComparison:
    """Compare two run folders that were read.

    Raises UnusableInput where they recorded their measures at no common time.
    """
    instants = common_instants((a.instants, b.instants))
    if not len(instants):
        what = "the two runs recorded their measures at no common time"
        raise UnusableInput([Problem(what, expected="whole run folders; run the scenarios again")])
    pairs = paired_replications(a.facts.replications, b.facts.replications)
    summaries = [(a.summaries[one], b.summaries[other]) for one, other in pairs]
    keys = ordered_keys(key for one, other in pairs for key in (*a.keys[one], *b.keys[other]))
    measures = measure_differences(keys, instants, _grids(a, b, pairs))
    within = common_horizon(a.facts.scenario, b.facts.scenario)
    return RunComparison(
        a=a.facts,
        b=b.facts,
        pairs=pairs,
        edits=plan_edits(a.facts.loaded, b.facts.loaded),
        devices=pair_devices(a.devices, b.devices),
        measures=measures,
        coverage=coverage_goal(measures, summaries, within),
        headlines=headlines(summaries),
        headline=headline_goal(summaries, within),
        remarks=remarks,
    )


def paired_replications(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return which replications are set side by side: those of one number, or else in order.

    >>> paired_replications((1, 2, 3), (2, 3, 4)), paired_replications((1,), (3,))
    (((2, 2), (3, 3)), ((1, 3),))
    """
    common = [number for number in a if number in b]
    return tuple((number, number) for number in common) or tuple(zip(a, b, strict=False))


def _grids(
    a: ReadRun, b: ReadRun, pairs: tuple[tuple[int, int], ...]
) -> Iterator[tuple[MeasureGrid, MeasureGrid]]:
    for one, other in pairs:
        yield a.measures(one), b.measures(other)
