"""Print a digest of what every shipped scenario gives: events, devices, measures and summary.

Run from the project's folder: `.venv/bin/python tools/digests.py > before.txt`, change the code,
run it again and compare the two files. They are equal when the change leaves every result alone.
`--fleetsim` names the command of another checkout.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ("events.parquet", "devices.parquet", "devices.csv", "measures.parquet", "summary.json")
"""The files of a run folder that must stay the same. Others name versions or are prose."""


def digests(fleetsim: str, scenario: Path) -> Iterator[str]:
    """Run a scenario and yield a line for each result file: digest, scenario and file.

    Raises CalledProcessError when the run fails.
    """
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "run"
        command = [fleetsim, "run", str(scenario), "--out", str(folder), "--jobs", "1"]
        subprocess.run(command, check=True, capture_output=True)
        for path in sorted(folder.rglob("*")):
            if path.name in RESULTS:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield f"{digest}  {scenario.stem}/{path.relative_to(folder).as_posix()}"


def main() -> None:
    """Print the digests of the scenarios that are named, or of all shipped ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", type=Path)
    parser.add_argument("--fleetsim", default=str(Path(sys.executable).with_name("fleetsim")))
    options = parser.parse_args()
    for scenario in options.scenarios or sorted((ROOT / "scenarios").glob("*.yaml")):
        for line in digests(options.fleetsim, scenario):
            print(line, flush=True)


if __name__ == "__main__":
    main()
