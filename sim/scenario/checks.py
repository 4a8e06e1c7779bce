from pathlib import Path
from sim.errors import Problem
from sim.scenario.reading import Reading


def check(reading: Reading, folder: Path | None) -> list[Problem]:
    return []
