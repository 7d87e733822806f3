"""The page of batches: upload a file of requests, follow them, fetch the answers."""
