"""Run a compiled mapping on one document, within a budget."""
