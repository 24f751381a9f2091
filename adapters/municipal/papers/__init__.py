"""Papers (PDF files) of case rows: what is in them is examined before they are sealed, in a process of its own."""
