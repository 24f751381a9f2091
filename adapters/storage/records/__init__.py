"""Rows about evidence: proof, forks, damage, retention, certificates."""
