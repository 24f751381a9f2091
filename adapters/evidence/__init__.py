"""Write evidence files: the ASiC-E container, its signature and its pages.

May import: `crypto`, `pages`, `timestamp`.
"""
