"""Checking scenario files: what `fleetsim check` runs, finds and writes."""
