"""What is wrong with a scenario and its fleet, even without bad luck.

`analysis` prepares the scenario as a run does and rehearses it once without bad luck; `rehearsal`
notes what prevents devices from onboarding; `other_runs` and `outlook` say what is true in every
run. Modules that end in `_checks` look at these, or at the text of the scenario; `linting` calls
them all.
"""
