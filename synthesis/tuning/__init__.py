"""Tuning a language model on dreams, so that it becomes the recognition model of its own library.

`lessons` turns dreams into texts; `trainer` tunes a model on them (torch, transformers and peft, imported
there only); `job` runs that in a process of its own, which can be on another machine: a folder is all that
passes between them.
"""
