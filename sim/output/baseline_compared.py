"""What was simulated, held against its baseline: exact, by tolerances, or paired."""

from collections.abc import Iterator

from sim import __version__
from sim.analysis.comparison_devices import COLUMNS, device_ends, pair_devices
from sim.analysis.drift import Drift, median, middle, paired, within
from sim.analysis.event_difference import first_difference
from sim.experiment.checked import AgainstBaseline
from sim.experiment.judging import Limit, Rules
from sim.experiment.replications import Ensemble
from sim.output.baseline_files import measured
from sim.output.baseline_reading import Baseline, Measured
from sim.output.baseline_text import device_lines, difference_lines, drift_line
from sim.output.provenance import text_digest
from sim.output.style_text import count_text
from sim.output.tables import event_table
from sim.output.written_scenario import scenario_text

_OTHERS = "The other replications have no baseline: fleetsim baseline update"


def compared(baseline: Baseline, ensemble: Ensemble, rules: Rules) -> AgainstBaseline:
    """Compare what was simulated with a baseline."""
    if rules.judge == "exact":
        found = _exact(baseline, ensemble)
    else:
        found = _by_measures(baseline, ensemble, rules)
    told = (*found.told, *_circumstances(baseline, ensemble))
    if found.outcome != "passed" and baseline.scenario != text_digest(
        scenario_text(ensemble.first)
    ):
        told = (*told, "The scenario has been edited since.")
    return AgainstBaseline(found.outcome, found.covers, told)


def _circumstances(baseline: Baseline, ensemble: Ensemble) -> Iterator[str]:
    """Yield what is not as it was when the baseline was written, whatever came of it."""
    seed = ensemble.first.setting.scenario.seed
    if seed != baseline.seed:
        yield f"The baseline is of seed {baseline.seed}, this run of seed {seed}."
    if baseline.version != __version__:
        yield (
            f"The baseline is of fleetsim {baseline.version}, this is {__version__}:"
            ' see "Results change" in the changelog.'
        )


def _exact(baseline: Baseline, ensemble: Ensemble) -> AgainstBaseline:
    digests = [one.events for one in ensemble.told]
    common = min(len(digests), len(baseline.digests))
    covers = (
        f"exact: {count_text(baseline.events)} events of {count_text(baseline.devices)} devices,"
        f" seed {baseline.seed}, {_of(baseline, ensemble)}"
    )
    if ensemble.first.setting.scenario.seed != baseline.seed:
        return AgainstBaseline("inconclusive", covers)
    apart = [n for n in range(common) if digests[n] != baseline.digests[n]]
    if apart:
        return AgainstBaseline("regression", covers, tuple(_apart(baseline, ensemble, apart)))
    if common < len(digests):
        return AgainstBaseline("inconclusive", covers, (_OTHERS,))
    return AgainstBaseline("passed", covers)


def _of(baseline: Baseline, ensemble: Ensemble) -> str:
    """Say how many replications were compared, of how many there are on either side."""
    now, then = len(ensemble.told), len(baseline.digests)
    if now == then:
        return "1 replication" if now == 1 else f"{now} replications"
    if now < then:
        return f"{now} of the baseline's {then} replications"
    return f"{then} of {now} replications"


def _apart(baseline: Baseline, ensemble: Ensemble, apart: list[int]) -> Iterator[str]:
    if len(ensemble.told) > 1:
        many = "1 replication differs" if len(apart) == 1 else f"{len(apart)} replications differ"
        yield f"{many}, the first of them number {apart[0] + 1}"
    if apart[0]:
        yield (
            "Replication 1, the only one that is kept event by event, is as before: run number"
            f" {apart[0] + 1} alone with fleetsim run --replication {apart[0] + 1}"
        )
        return
    found = first_difference(baseline.log(), event_table(ensemble.first.log))
    if found is not None:
        yield from difference_lines(*found)
    yield from _devices(baseline, ensemble)


def _devices(baseline: Baseline, ensemble: Ensemble) -> Iterator[str]:
    if len(ensemble.told) > 1:
        yield "In replication 1, the one whose devices are kept:"
    columns = ensemble.first.outcomes.columns
    ends = device_ends({name: columns[name] for name in COLUMNS})
    yield from device_lines(pair_devices(baseline.ends, ends))


def _by_measures(baseline: Baseline, ensemble: Ensemble, rules: Rules) -> AgainstBaseline:
    drifts = [_drift(baseline, ensemble, rules, at) for at in range(len(rules.limits))]
    held = sum(limit.text in baseline.measures for limit in rules.limits)
    covers = (
        f"{rules.judge}: {held} of {len(rules.limits)} measures, seed {baseline.seed},"
        f" {_of(baseline, ensemble)}"
    )
    outcomes = {one.outcome for one in drifts}
    outcome = next((o for o in ("regression", "inconclusive") if o in outcomes), "passed")
    order = ("regression", "inconclusive", "passed")
    told = [drift_line(one) for one in sorted(drifts, key=lambda d: order.index(d.outcome))]
    if outcome == "regression":
        told += _devices(baseline, ensemble)
    elif len(baseline.digests) < len(ensemble.told):
        outcome = "inconclusive"
        told.append(_OTHERS)
    return AgainstBaseline(outcome, covers, tuple(told))


def _drift(baseline: Baseline, ensemble: Ensemble, rules: Rules, at: int) -> Drift:
    limit = rules.limits[at]
    now, then = measured(limit, at, ensemble), baseline.measures.get(limit.text)
    if then is None:
        why = "the baseline does not hold it: put the plan back, then fleetsim baseline update"
        return _doubt(limit, None, now, why)
    if ensemble.first.setting.scenario.seed != baseline.seed:
        return _doubt(limit, then, now, "the seeds differ, so that nothing is paired")
    if rules.judge == "paired":
        return _paired(limit, then, now, rules.confidence)
    before, after = then.figure, now.figure
    if len(baseline.digests) != len(ensemble.told):
        common = min(len(then.each), len(now.each))
        if not common:
            return _doubt(limit, then, now, "the numbers of replications differ")
        before, after = median(then.each[:common]), median(now.each[:common])
    allowed = limit.allowed(before.number or 0.0)
    outcome, why = within(before, after, allowed, limit.worse)
    return Drift(limit.text, limit.kind, outcome, before, after, allowed, why=why)


def _doubt(limit: Limit, then: Measured | None, now: Measured, why: str) -> Drift:
    before = None if then is None else then.figure
    allowed = limit.allowed(before.number or 0.0 if before else 0.0)
    return Drift(limit.text, limit.kind, "inconclusive", before, now.figure, allowed, why=why)


def _paired(limit: Limit, then: Measured, now: Measured, confidence: float) -> Drift:
    of = min(len(then.each), len(now.each))
    before, after = then.each[:of], now.each[:of]
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
