"""How programs are found, and how the finder learns: tasks, guides, wake, the two sleeps, the loop.

This room knows the library and the engine, never the service. Nothing heavy is imported here: the
recognition network and the language-model client are imported where they are used.
"""
