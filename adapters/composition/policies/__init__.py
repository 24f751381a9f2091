"""Policies, made from the configuration as values of the core."""
