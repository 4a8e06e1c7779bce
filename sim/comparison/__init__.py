"""Comparing two runs: the answer, the figures, the devices, and the pages that show them."""
