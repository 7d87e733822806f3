"""The service: settings, database, durable runs, HTTP API, dashboard and command line."""
