"""The report of a run in memory, as one file."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Problem, UnusableInput, refusal
from sim.files import write_text
from sim.report.from_run import render_report
from sim.report.replications import replication_summary
from sim.run_folder.provenance import provenance
from sim.run_folder.scenario import scenario_text

if TYPE_CHECKING:
    from sim.api.results import Result


def write_page(result: "Result", path: Path) -> Path:
    """Write the report of a run into a file and return where it is.

    An earlier page is replaced, no other file. Raises UnusableInput.
    """
    if _is_other(path):
        raise _refused(f"{path} is there, and is no page")
    experiment = result.experiment
    summary = None if experiment is None else replication_summary(experiment, result.bands)
    of_each = [] if experiment is None else [one.events for one in experiment.results]
    text = scenario_text(result.first)
    origin = provenance(result.first, text, result.replication, of_each)
    page = render_report(result.first, origin, summary)
    try:
        write_text(path, page)
    except (OSError, ValueError) as error:
        raise _refused(f"the report cannot be written to {path}: {refusal(error)}") from None
    return path


def _is_other(path: Path) -> bool:
    """Say whether a file stands there that is no HTML."""
    try:
        begin = path.read_bytes()[:100] if path.is_file() else b""
    except (OSError, ValueError):
        return False  # whoever writes it will say so
    return bool(begin.strip()) and b"<!doctype html" not in begin.lower()


def _refused(what: str) -> UnusableInput:
    return UnusableInput([Problem(what, expected="a name such as report.html")])
