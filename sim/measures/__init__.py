"""The measures of the dashboard, counted row by row from the event log: one definition for each."""
