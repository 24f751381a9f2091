"""Trial of a profile that files bind: each message is made, answered by the contract itself, and read again."""
