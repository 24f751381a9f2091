"""Make bounded HTTP calls; hold the values of a request and its response.

May import: nothing.
"""
