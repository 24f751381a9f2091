"""Deadlines of all notices: those that end in a range of days, and notices that may not be served in time."""
