"""The crash matrix: a gateway process is killed at each boundary in the life of notices, started again, and judged.

A boundary is where one durable thing ends and the next begins: a statement of a transaction, its COMMIT, a write to a
segment file, a call to the judiciary or to the case database. `boundaries.py` finds them while the story runs once, so
that a new one cannot be forgotten; `python -m tests.crash_matrix` lists them with their verdicts.
"""
