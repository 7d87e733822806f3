"""Pages of trained models: versions of networks and adapters, how they trained, and which are in use."""
