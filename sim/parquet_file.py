"""The one Parquet writer: fixed row groups, compression and dictionaries, so equal bytes."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

ROWS_IN_A_GROUP = 262_144


def write_parquet(path: Path, table: "pyarrow.Table") -> None:
    """Write a table; the same rows always give the same bytes with the same pyarrow."""
    from pyarrow import parquet

    with path.open("wb") as file:  # Python's own file: any name of a folder, and plain errors
        parquet.write_table(
            table,
            file,
            row_group_size=ROWS_IN_A_GROUP,
            compression="zstd",
            compression_level=3,
            version="2.6",
            data_page_version="1.0",
            write_statistics=True,
            store_schema=False,
        )
