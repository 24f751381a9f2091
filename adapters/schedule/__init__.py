"""Run tasks on schedules, behind gates, with alarms.

May import: nothing.
"""
