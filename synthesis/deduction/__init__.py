"""Deduction: programs that are worked out from a task's output, for domains where that can be done.

Enumeration asks of each program what it gives. A deducer asks of what is wanted which programs give it: it
explains the output piece by piece, and puts the programs of the pieces together. `deduction_guides` has the
guide of a library's domain; wake checks its programs as it checks any guide's.
"""

from synthesis.deduction.deducer import Deducer, Deduction
from synthesis.deduction.guide import DeductionGuide, deduction_guides

__all__ = ["Deducer", "Deduction", "DeductionGuide", "deduction_guides"]
