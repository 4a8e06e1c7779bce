"""The pictures, each drawn by one function for the report, for Python and for the commands."""
