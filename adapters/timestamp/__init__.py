"""Ask time authorities for tokens, and verify tokens offline.

May import: `crypto`, `http`.
"""
