"""Notices in doubt: their kinds, and what is known of each."""
