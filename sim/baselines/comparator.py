"""Comparing an experiment with its baseline, or writing the first baseline.

`tolerances.yaml` beside the baselines says how: event by event (exact), within tolerances, or by
the paired differences of several replications.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.baselines import files
from sim.baselines.drift import (
    Drift,
    Value,
    difference_lines,
    drift_line,
    first_difference,
    mean_value,
    median_value,
    paired_verdict,
    tolerance_verdict,
)
from sim.baselines.tolerances import Limit, Rules, Tolerances
from sim.checking.results import BaselineResult
from sim.checking.scenario_files import SUFFIXES
from sim.comparison import devices
from sim.comparison.words import change_text
from sim.errors import Problem, UnusableInput, nearest
from sim.language.tree import Term
from sim.run_folder.provenance import scenario_text, text_digest
from sim.runs.experiment import Experiment
from sim.runs.replication import event_table
from sim.scenario.loader import Loaded
from sim.text.numbers import count_text, length_text, names_text, plural
from sim.version import __version__

_MORE_REPLICATIONS = "The other replications have no baseline: run fleetsim baseline update"
_MAX_CHANGES = 8
"""How many groups of changed devices are listed."""


def compare_with_baseline(
    baseline: files.Baseline, experiment: Experiment, rules: Rules
) -> BaselineResult:
    """Compare an experiment with a baseline."""
    is_edited = baseline.scenario != text_digest(scenario_text(experiment.first))
    if rules.judge == "exact":
        result = _exact(baseline, experiment)
    else:
        result = _by_measures(baseline, experiment, rules, is_edited)
    lines = (*result.differences, *_other_reasons(baseline, experiment))
    if result.outcome != "passed" and is_edited:
        lines = (*lines, "The scenario has been edited since.")
    return replace(result, differences=lines)


def _other_reasons(baseline: files.Baseline, experiment: Experiment) -> Iterator[str]:
    """Yield what else is not as it was when the baseline was written, whatever the outcome."""
    seed = experiment.first.prepared.scenario.seed
    if seed != baseline.seed:
        yield (
            f"The baseline is of seed {baseline.seed}, this run of seed {seed}: if that is"
            " intended, run fleetsim baseline update."
        )
    if baseline.version != __version__:
        yield (
            f"The baseline is of fleetsim {baseline.version}, this is {__version__}:"
            ' see "Results change" in the changelog.'
        )


def _exact(baseline: files.Baseline, experiment: Experiment) -> BaselineResult:
    digests = [result.events for result in experiment.results]
    common = min(len(digests), len(baseline.digests))
    scope = (
        f"exact: {count_text(baseline.events)} events of {count_text(baseline.devices)} devices,"
        f" seed {baseline.seed}, {_replications(baseline, experiment)}"
    )
    if experiment.first.prepared.scenario.seed != baseline.seed:
        return BaselineResult("inconclusive", scope)
    changed = [n for n in range(common) if digests[n] != baseline.digests[n]]
    if changed:
        lines = tuple(_changed_logs(baseline, experiment, changed))
        return BaselineResult("regression", scope, lines)
    if not _device_pairs(baseline, experiment).is_same:  # a device may end otherwise without events
        first = "The events are the same, but the table of devices is not:"
        return BaselineResult("regression", scope, (first, *_devices(baseline, experiment)))
    if common < len(digests):
        return BaselineResult("inconclusive", scope, (_MORE_REPLICATIONS,))
    return BaselineResult("passed", scope)


def _replications(baseline: files.Baseline, experiment: Experiment) -> str:
    """Return how many replications were compared, of how many there are on either side."""
    now, then = len(experiment.results), len(baseline.digests)
    if now == then:
        return plural(now, "replication")
    if now < then:
        return f"{now} of the baseline's {then} replications"
    return f"{then} of {now} replications"


def _changed_logs(
    baseline: files.Baseline, experiment: Experiment, changed: Sequence[int]
) -> Iterator[str]:
    first = changed[0] + 1
    if len(experiment.results) > 1:
        differ = "1 replication differs"
        if len(changed) > 1:
            differ = f"{len(changed)} replications differ"
        yield f"{differ}, the first of them number {first}"
    if first > 1:
        yield (
            "Replication 1, the only one whose events are stored, is as before: run number"
            f" {first} alone with fleetsim run --replication {first}"
        )
        return
    difference = first_difference(baseline.log(), event_table(experiment.first.log))
    if difference is not None:
        yield from difference_lines(*difference)
    yield from _devices(baseline, experiment)


def _devices(baseline: files.Baseline, experiment: Experiment) -> Iterator[str]:
    if len(experiment.results) > 1:
        yield "In replication 1, whose devices are stored:"
    yield from device_lines(_device_pairs(baseline, experiment))


def _device_pairs(baseline: files.Baseline, experiment: Experiment) -> devices.DevicePairs:
    columns = experiment.first.outcomes.columns
    ends = devices.device_ends({name: columns[name] for name in devices.COLUMNS})
    return devices.pair_devices(baseline.ends, ends)


def device_lines(pairs: devices.DevicePairs) -> Iterator[str]:
    """Yield which devices ended with another status or cause; the first ten by name."""
    changes = (*pairs.changes, *pairs.cause_changes)
    for change in changes[:_MAX_CHANGES]:
        names = names_text(change.names, devices.MAX_NAMES)
        yield f"{plural(len(change.names), 'device')} {change_text(change)}: {names}"
    rest = changes[_MAX_CHANGES:]
    if rest:
        count = sum(len(change.names) for change in rest)
        yield f"{plural(count, 'device')} changed in {plural(len(rest), 'more way')}"
    for missing, where in ((pairs.only_a, "this run"), (pairs.only_b, "the baseline")):
        if missing:
            names = names_text(missing, devices.MAX_NAMES)
            yield f"{plural(len(missing), 'device')} not in {where}: {names}"
    if not (changes or pairs.only_a or pairs.only_b):
        yield _only_times(pairs)


def _only_times(pairs: devices.DevicePairs) -> str:
    """Return how many devices changed nothing but the time at which they onboarded."""
    parts = []
    if pairs.later.devices or pairs.earlier.devices:
        parts = [_moved(pairs.later, "onboarded later"), _moved(pairs.earlier, "earlier")]
    if pairs.timed_once:
        parts.append(f"{pairs.timed_once} with a time of onboarding in only one of the two")
    return f"No device ended differently{'; ' if parts else ''}{', '.join(parts)}."


def _moved(changes: devices.TimeChanges, way: str) -> str:
    median = changes.size(50)
    by = "" if median is None else f" by {length_text(round(median))} in the median"
    return f"{count_text(len(changes.devices))} {way}{by}"


def _by_measures(
    baseline: files.Baseline, experiment: Experiment, rules: Rules, is_edited: bool
) -> BaselineResult:
    drifts = [_drift(baseline, experiment, rules, at) for at in range(len(rules.limits))]
    drifts = [_with_remedy(drift, is_edited) for drift in drifts]
    stored = sum(limit.text in baseline.measures for limit in rules.limits)
    scope = (
        f"{rules.judge}: {stored} of {len(rules.limits)} measures, seed {baseline.seed},"
        f" {_replications(baseline, experiment)}"
    )
    order = ("regression", "inconclusive", "passed")
    drifts.sort(key=lambda drift: order.index(drift.outcome))
    outcome = drifts[0].outcome if drifts else "passed"
    lines = [drift_line(drift) for drift in drifts]
    if outcome == "regression":
        lines += _devices(baseline, experiment)
    elif len(baseline.digests) < len(experiment.results):
        outcome = "inconclusive"
        lines.append(_MORE_REPLICATIONS)
    return BaselineResult(outcome, scope, tuple(lines))


def _drift(baseline: files.Baseline, experiment: Experiment, rules: Rules, at: int) -> Drift:
    limit = rules.limits[at]
    now, then = files.measure_values(limit, at, experiment), baseline.measures.get(limit.text)
    is_paired = rules.judge == "paired"
    if then is None:
        after = mean_value(now.each) if is_paired else now.figure
        return _inconclusive(limit, None, after, "")
    if experiment.first.prepared.scenario.seed != baseline.seed:
        why = "the seeds differ, so nothing is paired"
        return _inconclusive(limit, then.figure, now.figure, why)
    of = min(len(then.each), len(now.each))
    before, after_each = then.each[:of], now.each[:of]
    if is_paired:
        return _with_reached(_paired(limit, before, after_each, rules), before, after_each)
    figures = then.figure, now.figure
    if len(baseline.digests) != len(experiment.results):
        if not of:
            return _inconclusive(limit, *figures, "the numbers of replications differ")
        figures = median_value(before), median_value(after_each)
    allowed = limit.allowed(figures[0].number or 0.0)
    outcome, why = tolerance_verdict(*figures, allowed, limit.worse)
    drift = Drift(limit.text, limit.kind, outcome, *figures, allowed, of=of, why=why)
    return _with_reached(drift, before, after_each)


def _paired(limit: Limit, before: Sequence[Value], after: Sequence[Value], rules: Rules) -> Drift:
    means = mean_value(before), mean_value(after)
    allowed = limit.allowed(means[0].number or 0.0)
    verdict = paired_verdict(before, after, allowed, limit.worse, rules.confidence)
    outcome, interval, of, why = verdict.outcome, verdict.interval, verdict.of, verdict.why
    return Drift(limit.text, limit.kind, outcome, *means, allowed, interval, of, why)


def _inconclusive(limit: Limit, before: Value | None, after: Value, why: str) -> Drift:
    allowed = limit.allowed(before.number or 0.0 if before else 0.0)
    return Drift(limit.text, limit.kind, "inconclusive", before, after, allowed, why=why)


def _with_remedy(drift: Drift, is_edited: bool) -> Drift:
    """Add how the baseline comes to hold a measure that it does not hold yet."""
    if drift.before is not None:
        return drift
    first = "undo the edits of the plan, then " if is_edited else ""
    return replace(
        drift, why=f"the baseline does not contain it: {first}run fleetsim baseline update"
    )


def _with_reached(drift: Drift, before: Sequence[Value], after: Sequence[Value]) -> Drift:
    """Add in how many replications a time was reached, if its figure lies beyond the horizon."""
    is_beyond = drift.after.is_beyond or (drift.before is not None and drift.before.is_beyond)
    if not is_beyond or len(before) < 2:
        return drift
    counts = [sum(not value.is_beyond for value in each) for each in (before, after)]
    return replace(drift, reached=(counts[0], counts[1]))


def is_folder_of_baselines(folder: Path) -> bool:
    """Return whether a folder holds baselines; False if it cannot be read."""
    try:
        return folder.is_dir() and any((path / files.FILE).is_file() for path in folder.iterdir())
    except OSError:
        return False


@dataclass(frozen=True)
class Baselines:
    """A folder of baselines with its tolerances; call it with an experiment to compare."""

    folder: Path
    tolerances: Tolerances

    def folder_of(self, loaded: Loaded) -> Path:
        """Return the folder of a scenario's baseline."""
        return self.folder / files.folder_name(Path(loaded.file).stem)

    def has(self, loaded: Loaded) -> bool:
        """Return whether a scenario has a baseline."""
        return (self.folder_of(loaded) / files.FILE).is_file()

    def check_writable(self, loaded: Loaded) -> None:
        """Raise UnusableInput if a scenario's baseline would replace something else."""
        files.check_replaceable(self.folder_of(loaded))

    def rules(self, loaded: Loaded) -> Rules:
        """Return how a scenario is compared; raises UnusableInput for measures it cannot have."""
        return self.tolerances.rules(Path(loaded.file).stem, loaded.scenario)

    def terms(self, loaded: Loaded) -> tuple[Term, ...]:
        """Return the numbers to read in each replication; raises UnusableInput."""
        return self.rules(loaded).terms

    def unused(self, scenarios: Sequence[Path]) -> tuple[str, ...]:
        """Return the names of the baselines that belong to none of these scenario files."""
        used = {files.folder_name(file.stem) for file in scenarios}
        folders = sorted(self.folder.iterdir()) if self.folder.is_dir() else ()
        names = (path.name for path in folders if (path / files.FILE).exists())
        return tuple(name for name in names if name not in used)

    def unknown_scenarios(self, scenarios: Sequence[Path]) -> tuple[Problem, ...]:
        """Return a problem for each scenario of the tolerances without a file and a baseline.

        Scenarios are those that are checked, and those beside them.
        """
        if not self.tolerances.file.scenarios:
            return ()
        beside = sorted({path for file in scenarios for path in _yaml_files(file.parent)})
        names = [*(path.stem for path in (*scenarios, *beside)), *self.unused(scenarios)]
        return tuple(
            self.tolerances.places.problem(
                ("scenarios", name),
                "no scenario and no baseline has this name",
                "the file name of a scenario without its suffix",
                nearest(name, names),
            )
            for name in self.tolerances.file.scenarios
            if name not in names and files.folder_name(name) not in names
        )

    def __call__(self, experiment: Experiment) -> BaselineResult:
        """Compare with the baseline; if there is none yet, write it and say so."""
        loaded = experiment.first.prepared.loaded
        place, rules = self.folder_of(loaded), self.rules(loaded)
        try:
            baseline = files.read_baseline(place)
            if baseline is not None:
                return compare_with_baseline(baseline, experiment, rules)
            files.write_baseline(place, experiment, rules)
        except files.UnreadableBaseline as error:
            what = f"{place.as_posix()} cannot be read: {error}; restore it, or move it away"
            return _missing(f"{what} and run fleetsim baseline update")
        except UnusableInput as error:
            return _missing(f"There was no baseline, and none can be written: {error}")
        return _missing(
            f"There was no baseline. It is written to {place.as_posix()} now: review it, keep it."
        )


def _missing(text: str) -> BaselineResult:
    return BaselineResult("missing", "nothing to compare with", (text,))


def _yaml_files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError:
        return []
