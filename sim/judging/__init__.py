"""Expectations judged against one replication or many, and the statistics that this takes."""
