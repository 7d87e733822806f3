"""Durable runs: the loop of synthesis carried by DBOS workflows over the database."""
