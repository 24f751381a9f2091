"""Print certificates of service (PDF/UA and its code), and make the page that verifies them offline.

May import: nothing.
"""
