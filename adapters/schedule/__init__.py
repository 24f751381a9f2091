"""When passes run."""
