"""Spreadsheets of notices that people fill in: the empty one, and the reading of a filled one."""
