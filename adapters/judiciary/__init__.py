"""Speak a judiciary's contract: sign, send, verify, read.

May import: `contracts`, `crypto`, `http`, `settings`.
"""
