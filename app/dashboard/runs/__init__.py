"""The pages of runs: their list, one run as it goes on, a task in it, another run beside it."""
