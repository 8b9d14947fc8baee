"""Measured work: a shop of any size, floors written in plain SQL, and the product beside them in the same run."""
