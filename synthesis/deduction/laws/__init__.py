"""Laws of nature, from what their examples say about them: the deducer of the physics domain."""

from synthesis.deduction.laws.deducer import LawDeducer

__all__ = ["LawDeducer"]
