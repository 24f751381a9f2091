"""Every deadline and legal effect follows from dated rules and a calendar, step by step; nothing of it is stored.

May import: `runtime`, `notice`.
"""
