"""Prebuilt SQL of the hot paths; each names the constraint it leans on."""
