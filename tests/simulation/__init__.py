"""Deterministic simulation of the whole system from one seed (docs/design/simulation.md)."""
