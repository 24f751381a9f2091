"""Evidence in words: kinds of records, acts of persons, and the proofs over each day."""
