"""Notices: their number and next step by state, and what is told of one of them."""
