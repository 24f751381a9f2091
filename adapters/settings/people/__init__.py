"""Sections about people: the console, sign-in at a provider, mail."""
