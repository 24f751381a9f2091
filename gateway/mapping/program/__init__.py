"""Execution of a compiled mapping on one document, within a budget."""
