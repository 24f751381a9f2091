"""Notices: their number and next step by state, and the situation of one of them."""
