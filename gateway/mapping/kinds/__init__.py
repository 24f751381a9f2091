"""Kinds of mapping, a file for each target that the gateway itself knows."""
