"""Frames as the Parquet files of a run folder have them, from memory or from the file."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import pyarrow


def frame(table: "pyarrow.Table") -> pd.DataFrame:
    """Return a table as a frame: words as text, missing times as NaN."""
    import pyarrow

    plain = [
        pyarrow.field(one.name, one.type.value_type)
        if pyarrow.types.is_dictionary(one.type)
        else one
        for one in table.schema
    ]
    read: pd.DataFrame = table.cast(pyarrow.schema(plain)).to_pandas()
    return read


def expectation_frame(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row an expectation: what was asked, what came of it, what was observed."""
    return pd.DataFrame(summary["expectations"], columns=["text", "outcome", "observed"])
