"""Compiler of mapping files; every mistake has line and remedy."""
