"""Acts on many notices, as pages show them."""
