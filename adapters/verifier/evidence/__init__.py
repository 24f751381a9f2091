"""Judge an evidence file."""
