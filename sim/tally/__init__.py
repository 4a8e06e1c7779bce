"""The dashboard's counters, fed row by row from the event log: one definition of every measure.

The kernel feeds a live tally for its gates; the analysis replays the finished log. Both get the
same values, because both are this code.
"""
