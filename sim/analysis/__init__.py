"""What a run means: measures over time, outcomes of devices, expectations. Reads logs only."""
