"""Judge the segments of an archive."""
