"""Rows that are dropped as files into a folder: `drop.py` moves them, `reading.py` reads them."""
