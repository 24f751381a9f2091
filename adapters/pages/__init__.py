"""Render pages for people from templates: one base, one template a page.

May import: nothing.
"""
