"""Case databases on SQL: read the view, write results."""
