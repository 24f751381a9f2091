"""`SimulatedStore`: the port `gateway.store.store.Store` in memory, and the stores beside it that passes use.

    database = SimulatedDatabase()
    store = SimulatedStore(database, at=hook, random=random.Random(seed), steady=seconds, memory=Memory())
    locks = SimulatedLocks(database, at=hook)

Gateways that share a database have a store of their own each. ``database.snapshot()`` returns a whole backup at little
cost, ``database.restore(snapshot)`` brings it back.

``at`` is called at every port call with the name of the call, such as ``outbox.claim``, ``commit``, ``log.place``:

- ``outbox.claim`` before it. What it raises is the answer to the caller, and nothing was written.
- ``outbox.claim applied`` in writes only: the transaction is committed and not yet answered. What it raises is the
  answer: a lost answer to COMMIT is a `GatewayError` ``store.unavailable`` raised here.
- ``outbox.claim answered`` after it, with the answer in hand: another gateway may go on, or this one may crash.

The hook may switch to another gateway at each of the three; no transaction is open then. An error of the store that is
raised at the first two is the store's `trouble`, as in the real one. Errors are those of the SQL store, with equal
codes. Nothing here is random or takes a time of its own: ``random`` draws what the SQL store draws (the order of
sources in a claim), ``steady`` are seconds of a clock that never goes back.

``memory`` is this machine's memory of the store (`parts.recoveries.Memory`): it outlives a crash and a restore. Without
it a restore is never noticed, as in the SQL store. ``archived`` reads what has left for the archive, ``folder`` keeps
payloads apart from the database.

Ports that no pass of the simulation uses are absent (`left_out.PORTS`); to ask for one, or to commit such changes,
raises `NotSimulated`.
"""
