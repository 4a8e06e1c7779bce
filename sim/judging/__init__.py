"""Expectations checked against one replication or many, and the statistics for that."""
