"""Contracts that the stand-in judiciary serves."""
