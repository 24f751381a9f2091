"""Courtesy messages over the network: the adapter of Shahrzad, and the whole way with its stand-in."""
