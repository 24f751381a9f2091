"""Reads what a published contract wants, so that a mapping is checked against it before anything is sent."""
