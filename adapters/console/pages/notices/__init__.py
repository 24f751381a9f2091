"""Pages of notices: the search, one notice, its documents and its records."""
