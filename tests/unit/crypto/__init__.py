"""Signing and verifying: round trips, one file of attacks for each profile, and what a stranger's tool says."""
