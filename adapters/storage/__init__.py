"""The store on a relational database: SQLite now, PostgreSQL with the same statements."""
