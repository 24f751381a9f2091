"""Run the service and its passes; look after its database and endpoint."""
