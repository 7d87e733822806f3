"""The library's pages: what is known, where each abstraction came from, and how versions differ."""
