"""A fleet table in Parquet: the same as in CSV, whatever types its columns have."""

from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.fleet.tables import complaints, read


def written(tmp_path, **columns):
    path = tmp_path / "made.parquet"
    parquet.write_table(pa.table(columns), path)
    return path.read_bytes()


def test_parquet_is_told_by_its_content_not_by_its_name(tmp_path):
    content = written(tmp_path, name=["A"], os=["server-2016"])

    assert read(content, tmp_path, "fleet.csv").rows == read(content, tmp_path, "fleet.pq").rows


def test_typed_columns_read_like_their_text(tmp_path):
    content = written(
        tmp_path,
        name=["A", "B"],
        build=[19045, None],
        os=[None, "server-2016"],
        onboarded=[True, None],
        esu=pa.array([date(2026, 10, 13), None]),
        last_contact=pa.array([datetime(2026, 2, 1, 8, 30, 15), None]),
        load=[1.5, 2.0],
        antivirus=pa.array(["enabled", None]).dictionary_encode(),
    )

    table = read(content, tmp_path)

    assert table.rows[0] == {
        "name": "A",
        "os": "windows-10-22h2",
        "build": 19045,
        "onboarded": True,
        "esu": date(2026, 10, 13),
        "last_contact": datetime(2026, 2, 1, 8, 30, 15),
        "antivirus": "enabled",
    }
    assert table.rows[1] == {"name": "B", "os": "server-2016", "build": 14393}
    assert table.labels == (("1.5",), ("2",))


def test_numbers_that_pandas_made_decimal_are_whole_again(tmp_path):
    """A column of numbers with an empty cell is decimal in pandas: 19045 becomes 19045.0."""
    frame = pd.DataFrame({"name": ["A", "B"], "os": [None, "server-2016"], "build": [19045, None]})
    path = tmp_path / "pandas.parquet"
    frame.to_parquet(path)

    assert [row["os"] for row in read(path.read_bytes(), tmp_path).rows] == [
        "windows-10-22h2",
        "server-2016",
    ]


def test_an_empty_row_is_left_out_and_problems_count_the_header_as_line_one(tmp_path):
    content = written(tmp_path, name=["A", None, "A"], os=["server-2016", None, "x"])

    assert [problem.split(";")[0] for problem in complaints(content, tmp_path)] == [
        'devices.csv:4: name: the name "A" is already on line 2',
        'devices.csv:4: os: the system "x" is unknown',
    ]


@pytest.mark.parametrize("keep", [4, 40, -1])
def test_a_damaged_file_is_refused(keep, tmp_path):
    content = written(tmp_path, name=["A"], os=["server-2016"])

    assert complaints(content[:keep], tmp_path) == [
        "devices.csv: the Parquet file cannot be read; one that is whole"
    ]


def test_a_parquet_without_devices_is_refused(tmp_path):
    content = written(tmp_path, name=pa.array([], pa.string()), os=pa.array([], pa.string()))

    assert complaints(content, tmp_path) == [
        "devices.csv:1: the table has no devices; one line for each device"
    ]
