"""Pages of mappings and judiciary profiles."""
