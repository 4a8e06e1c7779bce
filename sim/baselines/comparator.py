"""What was simulated, held against its baseline: exact, by tolerances, or paired.

Comparing what was simulated with its baseline, or writing the first one.

How it is judged stands in `judging.yaml` beside the baselines: exact, by tolerances, or by the
paired differences of several replications.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.baselines.drift import Drift, Value, first_difference, median, middle, paired, within
from sim.baselines.files import check_replaceable, folder_name, measured, write_baseline
from sim.baselines.reading import FILE, Baseline, UnreadableBaseline, read_baseline
from sim.baselines.text import device_lines, difference_lines, drift_line
from sim.baselines.tolerances import Limit, Rules, Tolerances
from sim.checking.results import BaselineResult
from sim.comparison.devices import COLUMNS, DevicePairs, device_ends, pair_devices
from sim.errors import Problem, UnusableInput, nearest
from sim.language.tree import Term
from sim.run_folder.provenance import text_digest
from sim.run_folder.scenario import scenario_text
from sim.runs.experiment import Experiment
from sim.runs.tables import event_table
from sim.scenario.loader import Loaded
from sim.text.numbers import count_text
from sim.version import __version__

_OTHERS = "The other replications have no baseline: fleetsim baseline update"


def compared(baseline: Baseline, experiment: Experiment, rules: Rules) -> BaselineResult:
    """Compare what was simulated with a baseline."""
    is_edited = baseline.scenario != text_digest(scenario_text(experiment.first))
    if rules.judge == "exact":
        found = _exact(baseline, experiment)
    else:
        found = _by_measures(baseline, experiment, rules, is_edited)
    told = (*found.told, *_circumstances(baseline, experiment))
    if found.outcome != "passed" and is_edited:
        told = (*told, "The scenario has been edited since.")
    return BaselineResult(found.outcome, found.covers, told)


def _circumstances(baseline: Baseline, experiment: Experiment) -> Iterator[str]:
    """Yield what is not as it was when the baseline was written, whatever came of it."""
    seed = experiment.first.prepared.scenario.seed
    if seed != baseline.seed:
        yield (
            f"The baseline is of seed {baseline.seed}, this run of seed {seed}: if that is meant,"
            " fleetsim baseline update."
        )
    if baseline.version != __version__:
        yield (
            f"The baseline is of fleetsim {baseline.version}, this is {__version__}:"
            ' see "Results change" in the changelog.'
        )


def _exact(baseline: Baseline, experiment: Experiment) -> BaselineResult:
    digests = [one.events for one in experiment.results]
    common = min(len(digests), len(baseline.digests))
    covers = (
        f"exact: {count_text(baseline.events)} events of {count_text(baseline.devices)} devices,"
        f" seed {baseline.seed}, {_of(baseline, experiment)}"
    )
    if experiment.first.prepared.scenario.seed != baseline.seed:
        return BaselineResult("inconclusive", covers)
    apart = [n for n in range(common) if digests[n] != baseline.digests[n]]
    if apart:
        return BaselineResult("regression", covers, tuple(_apart(baseline, experiment, apart)))
    if not _pairs(baseline, experiment).is_same:  # a device without an event is not in the log
        told = ("The events are the same, what is said of devices is not:",)
        return BaselineResult("regression", covers, (*told, *_devices(baseline, experiment)))
    if common < len(digests):
        return BaselineResult("inconclusive", covers, (_OTHERS,))
    return BaselineResult("passed", covers)


def _of(baseline: Baseline, experiment: Experiment) -> str:
    """Say how many replications were compared, of how many there are on either side."""
    now, then = len(experiment.results), len(baseline.digests)
    if now == then:
        return "1 replication" if now == 1 else f"{now} replications"
    if now < then:
        return f"{now} of the baseline's {then} replications"
    return f"{then} of {now} replications"


def _apart(baseline: Baseline, experiment: Experiment, apart: list[int]) -> Iterator[str]:
    if len(experiment.results) > 1:
        many = "1 replication differs" if len(apart) == 1 else f"{len(apart)} replications differ"
        yield f"{many}, the first of them number {apart[0] + 1}"
    if apart[0]:
        yield (
            "Replication 1, the only one that is kept event by event, is as before: run number"
            f" {apart[0] + 1} alone with fleetsim run --replication {apart[0] + 1}"
        )
        return
    found = first_difference(baseline.log(), event_table(experiment.first.log))
    if found is not None:
        yield from difference_lines(*found)
    yield from _devices(baseline, experiment)


def _devices(baseline: Baseline, experiment: Experiment) -> Iterator[str]:
    if len(experiment.results) > 1:
        yield "In replication 1, the one whose devices are kept:"
    yield from device_lines(_pairs(baseline, experiment))


def _pairs(baseline: Baseline, experiment: Experiment) -> DevicePairs:
    columns = experiment.first.outcomes.columns
    ends = device_ends({name: columns[name] for name in COLUMNS})
    return pair_devices(baseline.ends, ends)


def _by_measures(
    baseline: Baseline, experiment: Experiment, rules: Rules, is_edited: bool
) -> BaselineResult:
    drifts = [_drift(baseline, experiment, rules, at) for at in range(len(rules.limits))]
    drifts = [_with_remedy(one, is_edited) for one in drifts]
    held = sum(limit.text in baseline.measures for limit in rules.limits)
    covers = (
        f"{rules.judge}: {held} of {len(rules.limits)} measures, seed {baseline.seed},"
        f" {_of(baseline, experiment)}"
    )
    outcomes = {one.outcome for one in drifts}
    outcome = next((o for o in ("regression", "inconclusive") if o in outcomes), "passed")
    order = ("regression", "inconclusive", "passed")
    told = [drift_line(one) for one in sorted(drifts, key=lambda d: order.index(d.outcome))]
    if outcome == "regression":
        told += _devices(baseline, experiment)
    elif len(baseline.digests) < len(experiment.results):
        outcome = "inconclusive"
        told.append(_OTHERS)
    return BaselineResult(outcome, covers, tuple(told))


def _drift(baseline: Baseline, experiment: Experiment, rules: Rules, at: int) -> Drift:
    limit = rules.limits[at]
    now, then = measured(limit, at, experiment), baseline.measures.get(limit.text)
    is_paired = rules.judge == "paired"
    if then is None:
        return _doubt(limit, None, middle(now.each) if is_paired else now.figure, "")
    if experiment.first.prepared.scenario.seed != baseline.seed:
        return _doubt(limit, then.figure, now.figure, "the seeds differ, so that nothing is paired")
    of = min(len(then.each), len(now.each))
    before, after = then.each[:of], now.each[:of]
    if is_paired:
        return _with_reached(_paired(limit, before, after, rules.confidence), before, after)
    figures = then.figure, now.figure
    if len(baseline.digests) != len(experiment.results):
        if not of:
            return _doubt(limit, *figures, "the numbers of replications differ")
        figures = median(before), median(after)
    allowed = limit.allowed(figures[0].number or 0.0)
    outcome, why = within(*figures, allowed, limit.worse)
    found = Drift(limit.text, limit.kind, outcome, *figures, allowed, of=of, why=why)
    return _with_reached(found, before, after)


def _doubt(limit: Limit, before: Value | None, after: Value, why: str) -> Drift:
    allowed = limit.allowed(before.number or 0.0 if before else 0.0)
    return Drift(limit.text, limit.kind, "inconclusive", before, after, allowed, why=why)


def _with_remedy(drift: Drift, is_edited: bool) -> Drift:
    """Say how a measure that the baseline does not keep comes to be kept."""
    if drift.before is not None:
        return drift
    first = "put the plan back, then " if is_edited else ""
    return replace(drift, why=f"the baseline does not hold it: {first}fleetsim baseline update")


def _with_reached(drift: Drift, before: Sequence[Value], after: Sequence[Value]) -> Drift:
    """Say of several replications how many reached a time, where its figure lies beyond."""
    is_beyond = drift.after.is_beyond or (drift.before is not None and drift.before.is_beyond)
    if not is_beyond or len(before) < 2:
        return drift
    counts = [sum(not one.is_beyond for one in each) for each in (before, after)]
    return replace(drift, reached=(counts[0], counts[1]))


def _paired(
    limit: Limit, before: Sequence[Value], after: Sequence[Value], confidence: float
) -> Drift:
    allowed = limit.allowed(middle(before).number or 0.0)
    found = paired(before, after, allowed, limit.worse, confidence)
    return Drift(
        limit.text,
        limit.kind,
        found.outcome,
        middle(before),
        middle(after),
        allowed,
        found.interval,
        found.of,
        found.why,
    )


def is_folder_of_baselines(folder: Path) -> bool:
    """Say whether there are baselines in a folder; of one that nobody may look into no."""
    try:
        return folder.is_dir() and any((path / FILE).is_file() for path in folder.iterdir())
    except OSError:
        return False


@dataclass(frozen=True)
class Baselines:
    """A folder of baselines with its settings; called with what was simulated, it compares."""

    folder: Path
    judging: Tolerances

    def place(self, loaded: Loaded) -> Path:
        """Return the folder of a scenario's baseline."""
        return self.folder / folder_name(Path(loaded.file).stem)

    def holds(self, loaded: Loaded) -> bool:
        """Say whether a scenario has a baseline."""
        return (self.place(loaded) / FILE).is_file()

    def check_place(self, loaded: Loaded) -> None:
        """Raise UnusableInput where a scenario's baseline would replace something else."""
        check_replaceable(self.place(loaded))

    def rules(self, loaded: Loaded) -> Rules:
        """Return how a scenario is judged; raises UnusableInput for measures it cannot have."""
        return self.judging.rules(Path(loaded.file).stem, loaded.scenario)

    def terms(self, loaded: Loaded) -> tuple[Term, ...]:
        """Return the numbers to be read in each replication; raises UnusableInput."""
        return self.rules(loaded).terms

    def unused(self, files: Sequence[Path]) -> tuple[str, ...]:
        """Return the baselines that belong to none of some scenario files, in order of name."""
        used = {folder_name(file.stem) for file in files}
        if not self.folder.is_dir():
            return ()
        kept = (path for path in sorted(self.folder.iterdir()) if (path / FILE).exists())
        return tuple(path.name for path in kept if path.name not in used)

    def strangers(self, files: Sequence[Path]) -> tuple[Problem, ...]:
        """Return what the settings say of scenarios that are not here and have no baseline."""
        known = [*(file.stem for file in files), *self.unused(files)]
        return tuple(
            self.judging.places.problem(
                ("scenarios", name),
                "no scenario and no baseline has this name",
                "",
                nearest(name, known),
            )
            for name in self.judging.file.scenarios
            if name not in known and folder_name(name) not in known
        )

    def __call__(self, experiment: Experiment) -> BaselineResult:
        """Compare with the baseline; where there is none it is written, and that is said."""
        loaded = experiment.first.prepared.loaded
        place, rules = self.place(loaded), self.rules(loaded)
        try:
            baseline = read_baseline(place)
            if baseline is not None:
                return compared(baseline, experiment, rules)
            write_baseline(place, experiment, rules)
        except UnreadableBaseline as error:
            told = f"{place.as_posix()} cannot be read: {error}; restore it, or move it away"
            return _missing(f"{told} and write it anew: fleetsim baseline update")
        except UnusableInput as error:
            return _missing(f"There was none, and none can be written: {error}")
        return _missing(
            f"There was none: it is written to {place.as_posix()}. Look at it, keep it."
        )


def _missing(told: str) -> BaselineResult:
    return BaselineResult("missing", "nothing to compare with", (told,))
