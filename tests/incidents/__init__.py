"""One file for each loss we will not repeat: others' and our own."""
