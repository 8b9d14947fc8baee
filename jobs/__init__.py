"""The clock and the workers: ticks that may run early, late or twice, and lanes that send."""
