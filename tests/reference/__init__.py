"""Slow, obviously right versions of what the engine does, in plain Python; the tests compare the two.

They share no code with the engine and choose clarity over speed everywhere. Terms and types go between the
two worlds as text.
"""
