"""Guards of the product, each broken on purpose, and who finds that (docs/design/simulation-mutants.md)."""
