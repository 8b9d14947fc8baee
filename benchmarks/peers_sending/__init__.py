"""The same sends through Huitou and through task queues people would reach for: speed, memory, and what kills do."""
