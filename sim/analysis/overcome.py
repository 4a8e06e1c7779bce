"""What failed on the way and is as wanted at the end: the price of a mistake that was put right."""

from dataclasses import dataclass

import numpy as np

from sim.analysis.outcomes import Outcomes
from sim.eventlog import CAUSE_NAMES, EVENT_CODE, EventLog
from sim.units import Seconds
from sim.vocabulary import CAUSES

_FAILURES = ("policy_failed", "install_failed", "onboarding_failed")


@dataclass(frozen=True, slots=True)
class Overcome:
    """One cause that held back devices which onboarded later."""

    cause: str
    devices: int
    first_failed: Seconds
    last_onboarded: Seconds
    """When the last of these devices onboarded."""


def overcome(log: EventLog, outcomes: Outcomes) -> list[Overcome]:
    """Return the causes that onboarded devices failed with earlier, the most frequent first.

    A device that failed with several causes counts under each.
    """
    columns = log.columns
    failed = np.isin(columns["event"], [EVENT_CODE[name] for name in _FAILURES])
    onboarded_at = outcomes.columns["onboarded_at"]
    statuses = outcomes.columns["status"]
    first: dict[str, Seconds] = {}
    held: dict[str, set[int]] = {}
    rows = (columns[name][failed].tolist() for name in ("time", "device", "cause"))
    for time, device, code in zip(*rows, strict=True):
        if statuses[device] == "onboarded" and onboarded_at[device] is not None:
            cause = CAUSE_NAMES[code]
            first.setdefault(cause, time)
            held.setdefault(cause, set()).add(device)
    found = [
        Overcome(
            cause,
            len(devices),
            first[cause],
            max(int(str(onboarded_at[device])) for device in devices),
        )
        for cause, devices in held.items()
    ]
    return sorted(found, key=lambda row: (-row.devices, CAUSES.index(row.cause)))
