"""The devices of findings as CSV files: one file a finding, to hand on or to import elsewhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.fleet.cells import csv_line, neutralize
from sim.lint.finding import Finding
from sim.lint.judging import LintReport


@dataclass(frozen=True, slots=True)
class DeviceList:
    """One file of device names."""

    name: str
    """The name of the file, such as `pilot-LNT-102-1.csv`."""
    text: str
    finding: Finding


def device_lists(judged: Sequence[LintReport]) -> tuple[DeviceList, ...]:
    """Return a list for each finding that concerns devices, in the order of the findings.

    Names are those of the scenario and the finding, numbered; no two are the same.
    """
    used: Counter[str] = Counter()
    found = []
    for one in judged:
        for finding in one.findings:
            if finding.devices:
                stem = f"{Path(one.file).stem}-{finding.id}"
                used[stem.casefold()] += 1
                name = f"{stem}-{used[stem.casefold()]}.csv"
                found.append(DeviceList(name, _text(finding.devices), finding))
    return tuple(found)


def _text(devices: Sequence[str]) -> str:
    return csv_line(["name"]) + "".join(csv_line([neutralize(name)]) for name in devices)
