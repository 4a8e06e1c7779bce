"""From a scenario to a finished rehearsal: prepare, simulate, tally, judge."""
