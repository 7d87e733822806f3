"""What is known: domains, grammar weights, compression, names of abstractions, library snapshots."""
