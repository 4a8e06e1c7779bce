"""Scenarios as pytest collects them: a file of tests, with an item for each expectation.

Imported only for projects that opt in, so that pytest starts as fast as before in all others.
"""
