"""Sections of `profile.toml`, a file for each."""
