"""cvc5 on one problem in SyGuS-IF 2.1 from standard input; prints its define-fun, or what else it says.

In a process of its own, so that its CPU seconds can be bounded and counted, and that imports nothing of ours.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any


def main() -> None:
    cvc5: Any = importlib.import_module("cvc5")
    solver = cvc5.Solver()
    solver.setOption("sygus", "true")
    symbols = cvc5.SymbolManager(solver)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SYGUS_2_1, sys.stdin.read(), "problem")
    printed = ""
    while not (command := parser.nextCommand()).isNull():
        printed += command.invoke(solver, symbols)
    found = re.search(r"\(define-fun .*\)(?=\s*\)\s*$)", printed, flags=re.S)
    print(found[0] if found else printed.strip())


if __name__ == "__main__":
    main()
