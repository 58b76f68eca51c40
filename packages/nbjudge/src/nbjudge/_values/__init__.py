"""The values that cross from the learner's kernel to the judge: one format, read by an allow-list.

A new type of value goes into one file: `plain.py` for Python's and numpy's types, `tables.py` for
those of pandas, the table of `snapshots.py` for charts and maps. They register what they know
with `codec.py`.
"""

from nbjudge._values import plain, snapshots, tables  # noqa: F401 (they register)
