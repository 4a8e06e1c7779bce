"""What the pytest plugin makes of scenarios: a file that is collected, an item an expectation.

Imported when a project opts in, so that every other project's pytest starts as fast as before.
"""
