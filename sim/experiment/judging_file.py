"""What `judging.yaml` in a folder of baselines may hold: how they are judged.

Without it every baseline is exact: the same events, in the same seconds. With it a scenario may
drift within tolerances, or is judged by the paired differences of its replications.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from sim.scenario.written import Name, Part, Share
from sim.units import MILLION

JUDGING_FILE = "judging.yaml"

Judge = Literal["exact", "tolerances", "paired"]


def _amount_written(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, int | float) and value is not True):
        return value
    raise ValueError("no amount; an amount is written like 0.5, of a time like 12 h")


def _confidence(value: int) -> int:
    if not MILLION // 2 <= value < MILLION:
        raise ValueError("no confidence; a confidence lies between 50 % and 99.99 %")
    return value


Amount = Annotated[float | str, BeforeValidator(_amount_written)]
"""In the unit of what it is an amount of: `0.5` (points, devices) or `12 h`."""


class Measure(Part):
    """A number that may drift, and how far: by the largest of what is given."""

    of: Name
    """A number of the language of expectations, such as `coverage_pct at 30 d`."""
    absolute: Amount | None = None
    """How far it may be from the baseline's value."""
    relative: Share | None = None
    """Of the baseline's value."""
    floor: Amount | None = None
    """The least that is allowed where `relative` is given."""
    worse: Literal["higher", "lower", "either"] = "either"
    """Which way a drift counts."""


class OfScenario(Part):
    """How one scenario is judged; what is left out is as for all."""

    judge: Judge | None = None
    measures: tuple[Measure, ...] | None = None


class JudgingFile(Part):
    """The whole file."""

    format: Literal[1]
    judge: Judge = "exact"
    confidence: Annotated[Share, AfterValidator(_confidence)] = 950_000
    """Of paired verdicts."""
    measures: tuple[Measure, ...] = ()
    scenarios: dict[str, OfScenario] = Field(default_factory=dict)
    """By the file name without its suffix."""


USUAL = tuple(
    map(
        Measure.model_validate,
        (
            {"of": "device.coverage_pct at end", "absolute": 0.5},
            {"of": "device.failed at end", "relative": "5 %", "floor": 1.0},
            {"of": "time to (device.coverage_pct >= 50)", "relative": "5 %", "floor": "12 h"},
            {"of": "time to (device.coverage_pct >= 90)", "relative": "5 %", "floor": "12 h"},
        ),
    )
)
"""What is judged by tolerances where the file lists no measures."""
