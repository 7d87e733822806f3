"""What the commands do. Each module is imported when its command runs, so that `--help` stays quick."""
