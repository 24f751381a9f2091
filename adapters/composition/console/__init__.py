"""Construct the parts of the web console."""
