"""Conditions that hold after every step of a run; the checks share no code with the product."""
