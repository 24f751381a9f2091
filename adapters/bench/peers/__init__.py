"""Compare the gateway with other programs that do the same work; these lie apart, in `benchmarks/peers`."""
