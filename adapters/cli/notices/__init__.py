"""Show and handle notices, rows, quarantine and the state of everything."""
