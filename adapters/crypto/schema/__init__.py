"""JSON and XML schemas: strict reading, and bounds on the work that a schema costs."""
