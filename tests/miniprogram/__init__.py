"""The mini-program: its own checks under Node.js, and its modules against the real application."""
