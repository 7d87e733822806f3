"""Batches of requests: what their files say, and what is answered. No database and no workflow in here."""
