"""Papers (PDF files) of case rows: examined before they are sealed, in a process of its own."""
