"""Programs as Python: `lambda xs: map(lambda x: x + 1, xs)` for `(lambda (map (lambda (+ $0 1)) $0))`.

The text is read with `ast` over a white list of nodes and never executed. Calls are curried, so that
`map(f)` is a partial application and `map(f)(xs)` is the same term as `map(f, xs)`; a lambda of several
arguments is nested lambdas; a whole number above the literals is a right-nested sum of ones (`3` is
`(+ 1 (+ 1 1))`). `from_python(to_python(term, surface), surface) == term` for every closed term, except that
an abstraction which the surface doesn't name is printed as its body.
"""

from __future__ import annotations

from engine.python_grammar import reply_grammar
from engine.python_parser import from_node, from_python
from engine.python_printer import to_python
from engine.python_surface import Surface

__all__ = ["Surface", "from_node", "from_python", "reply_grammar", "to_python"]
