"""Pages of entering notices by hand."""
