"""Prebuilt SQL of the hot paths; each says which constraint it leans on."""
