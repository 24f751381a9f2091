"""Hand courtesy messages to the city's telephone service.

May import: `crypto`, `http`.
"""
