"""Who takes part: devices and their traits, schedules (pure) and streams (the dice)."""
