"""The phone frame: a customer's phone in a browser window, running the mini-program's own sources (docs/simulator.md)."""
