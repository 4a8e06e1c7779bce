"""What is certain of a scenario and its fleet without simulating.

`survey` gathers what is known before a run, `course` when the steps of the plan come, `belonging`
who is in which collection, `prospects` who can onboard at all, `bounds` what measures can reach.
The modules that end in `_checks` judge by these; `judging` runs them all. Nothing here draws lots
or follows events: what only a simulation can tell is left to it.
"""
