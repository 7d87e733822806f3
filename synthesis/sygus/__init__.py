"""SyGuS-IF: string problems given by examples, read, solved within their own grammars, and answered in
SMT-LIB.
"""

from synthesis.sygus.problem import Problem, SygusError
from synthesis.sygus.reader import read_problem

__all__ = ["Problem", "SygusError", "read_problem"]
