"""The simulated store's evidence: records, octets, the tree, what leaves for the archive, and what is kept beside."""
