"""The assignment as written, and what was handed in: cells, owners of names, repair, lint."""
