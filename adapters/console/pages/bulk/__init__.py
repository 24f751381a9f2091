"""Pages of acts on many notices."""
