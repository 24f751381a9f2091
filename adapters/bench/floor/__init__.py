"""Least cost of a notice, by programs that are not ours."""
