"""Ports to the store, one for each kind of row; `gateway.store.store.Store` composes them."""
