"""Baselines: what a scenario gave once, and how far a run has drifted from it."""
