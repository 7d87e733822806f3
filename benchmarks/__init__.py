"""The published figures, as commands: `wakesleep bench NAME`. Each benchmark has a `main`."""
