"""What the planner asks: the scenario language, read strictly into frozen values."""
