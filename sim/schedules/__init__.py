"""When things recur for one computer: power, polls, maintenance windows, restarts.

Pure schedules in whole seconds. They know no order of events, and their only chance is keyed draws.
"""
