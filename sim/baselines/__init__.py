"""Baselines: the stored results of a scenario, and how far a run has drifted from them."""
