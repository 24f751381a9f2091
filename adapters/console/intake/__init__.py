"""Notices that people enter: typed forms, drafts and spreadsheets."""
