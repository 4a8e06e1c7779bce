"""Run folders: what a run keeps on disk."""
