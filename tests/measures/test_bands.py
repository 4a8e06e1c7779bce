"""Bands over several replications: numpy's percentiles, however the work is divided."""

import numpy as np
import pyarrow
import pytest

from sim.measures import series
from sim.measures.series import band_table, store_values


def measures(values):
    """Return a table of two measures at three instants, and one that a label narrows."""
    rows = [
        (time, name, "device", label, values[place][at] if not label else 1.0)
        for at, time in enumerate((0, 60, 120))
        for place, (name, label) in enumerate((("failed", ""), ("waiting", ""), ("failed", "x")))
    ]
    columns = dict(
        zip(("time", "measure", "view", "label", "value"), zip(*rows, strict=True), strict=True)
    )
    return pyarrow.table({name: list(column) for name, column in columns.items()})


RUNS = [[[1.0, 4.0, 2.0 * n], [n * n, 7.0, None if n == 3 else 5.0], []] for n in range(6)]


@pytest.mark.parametrize("most", [1, 7, 2_000_000])
def test_bands_are_the_percentiles_at_each_instant(tmp_path, monkeypatch, most):
    monkeypatch.setattr(series, "_MAX_VALUES", most)
    stored = [tmp_path / str(n) for n in range(6)]
    for path, values in zip(stored, RUNS, strict=True):
        store_values(measures(values), path)

    table = band_table(measures(RUNS[0]), stored).to_pandas()

    assert list(table["measure"]) == ["failed", "waiting"] * 3
    assert list(table["time"]) == [0, 0, 60, 60, 120, 120]
    squares, doubles = [n * n for n in range(6)], [2.0 * n for n in range(6)]
    expected = [[1.0] * 6, squares, [4.0] * 6, [7.0] * 6, doubles]
    for (_, row), values in zip(table.iterrows(), expected, strict=False):
        assert row["mean"] == pytest.approx(np.mean(values))
        for share in (10, 50, 90):
            assert row[f"p{share}"] == pytest.approx(np.percentile(values, share))


def test_an_instant_without_data_in_one_replication_has_no_band(tmp_path):
    stored = [tmp_path / str(n) for n in range(6)]
    for path, values in zip(stored, RUNS, strict=True):
        store_values(measures(values), path)

    last = band_table(measures(RUNS[0]), stored).to_pandas().iloc[-1]

    assert last[["mean", "p10", "p50", "p90"]].isna().all()
