"""The dashboard: pages made on the server that follow a run. `install_dashboard` in router.py adds it."""
