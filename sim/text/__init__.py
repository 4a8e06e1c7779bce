"""Numbers, events, expectations and summaries in words, the same on every screen and page."""
