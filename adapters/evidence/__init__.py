"""Write evidence files (the ASiC-E container, its signature, its pages), and exports of a person's data.

May import: `crypto`, `pages`, `timestamp`.
"""
