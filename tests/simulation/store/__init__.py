"""The store of the simulation: transactions in memory, shared by several gateways (`simulated_store`)."""
