"""Checking scenario files for CI: what `fleetsim check` runs, and the forms of its results."""
