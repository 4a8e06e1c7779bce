"""How a run is shown and kept: run folders, tables, pictures, the report, the summary."""
