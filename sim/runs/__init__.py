"""From a scenario to its replications: prepare once, simulate, tally, summarize."""
