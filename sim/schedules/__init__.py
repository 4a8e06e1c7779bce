"""When things recur for one computer: power, polls, windows, restarts.

Whole seconds; no order, and no chance but keyed draws.
"""
