"""Each alarm, and each person's work of the day, is told by mail once, without personal data.

May import: `runtime`, `people`, `overview`.
"""
