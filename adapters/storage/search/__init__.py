"""Search for notices on SQL: what is written with each notice, and how a query is answered."""
