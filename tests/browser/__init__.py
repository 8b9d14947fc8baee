"""The pages in a real Chromium, against everything `make run` starts."""
