"""The measuring itself: tiny, nothing timed."""
