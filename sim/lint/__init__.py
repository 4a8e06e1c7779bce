"""What is wrong with a scenario and its fleet, even without bad luck.

`analysis` prepares the scenario as a run does and rehearses it once without bad luck; `rehearsal`
notes on the way what stands in the way of devices; `outlook` says what holds in every run. Modules
that end in `_checks` look at these, or at the text of the scenario; `linting` asks them all.
"""
