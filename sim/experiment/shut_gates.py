"""Gates that did not open: which, what they asked for, and in how many replications."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sim.analysis.series import SeriesReader
from sim.eventlog import EVENT_CODE, EventLog
from sim.kernel.replication import Setting
from sim.scenario.expression_text import unparse
from sim.scenario.expression_tree import Condition, series_in
from sim.scenario.steps import step_names
from sim.tally.tally import Tally
from sim.units import Seconds

Shut = Mapping[str, str]
"""Why each gate of one replication did not open, by the name of its step."""


def gate_reason(condition: Condition, reader: SeriesReader, now: Seconds) -> str:
    """Say what a gate asked for and what the console showed at an instant."""
    seen = []
    for series in sorted(series_in(condition), key=repr):
        value = float(reader.values(series, np.array([now], dtype=np.int64))[0])
        seen.append(f"{unparse(series)} was {'without data' if np.isnan(value) else f'{value:g}'}")
    return f"asked for {unparse(condition)}; {', '.join(seen)}"


def shut_gates(setting: Setting, log: EventLog, tally: Tally) -> Shut:
    """Return the gates that timed out or are shut at the end, with what was asked and seen."""
    reader = SeriesReader(tally)
    opened, timed_out = _times(log, "gate_opened"), _times(log, "gate_timed_out")
    names = step_names(setting.scenario.plan)
    found = {}
    for number, condition in setting.gates.items():
        code = log.tables.steps.codes[names[number]]
        if code not in opened:
            when = timed_out.get(code, setting.scenario.horizon)
            found[names[number]] = gate_reason(condition, reader, when)
    return found


def gate_notes(of_each: Sequence[Shut]) -> Iterator[str]:
    """Yield a note for each gate that did not open in some of the replications."""
    for name in dict.fromkeys(name for shut in of_each for name in shut):
        where = [number for number, shut in enumerate(of_each, start=1) if name in shut]
        reason = of_each[where[0] - 1][name]
        if len(of_each) == 1:
            yield f"The gate of {name} did not open: it {reason}."
        else:
            often = f"{len(where)} of {len(of_each)} replications"
            yield (
                f"The gate of {name} did not open in {often}: in replication {where[0]} it"
                f" {reason}."
            )


def _times(log: EventLog, event: str) -> dict[int, Seconds]:
    """Return when an event of the plan happened, by the code of its step."""
    rows = log.columns["event"] == EVENT_CODE[event]
    steps, times = (log.columns[name][rows].tolist() for name in ("step", "time"))
    return dict(zip(steps, times, strict=True))
