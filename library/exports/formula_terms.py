"""Sums and products as formulas write them: like terms together, in one order, as few signs as will do.

They are what a program computes on symbols (library.exports.formula). Names may stand for vectors, whose
arithmetic goes element by element.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expression:
    """A sum of terms, each a product of powers: ``coefficient * base ** exponent * ...``.

    ``terms``: products, as sorted (atom, exponent) pairs, with their coefficients; none: zero.
    """

    terms: tuple[tuple[tuple[tuple[Atom, Exponent], ...], float], ...]

    @property
    def number(self) -> float | None:
        """Its value, where it has no names in it."""
        if not self.terms:
            return 0.0
        [(factors, coefficient), *rest] = self.terms
        return coefficient if not factors and not rest else None

    @property
    def has_vector(self) -> bool:
        """Whether it has a value for each element of a vector."""
        return any(
            atom.has_vector or (isinstance(exponent, Expression) and exponent.has_vector)
            for factors, _ in self.terms
            for atom, exponent in factors
        )

    @property
    def is_name(self) -> bool:
        """Whether it is a name and nothing else."""
        atom = _single(self)
        return atom is not None and atom.of is None

    def __str__(self) -> str:
        return _text(self)


@dataclass(frozen=True)
class Atom:
    """A name, a function of an expression, or an expression in parentheses."""

    name: str = ""
    of: Expression | None = None
    has_vector: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.name}({self.of})" if self.of is not None else self.name


Exponent = float | Expression
_Factors = dict[Atom, Exponent]


def number(value: float) -> Expression:
    return Expression((((), value),) if value else ())


def name(text: str, is_vector: bool = False) -> Expression:
    return _of_atom(Atom(text, None, is_vector))


def call(function: str, of: Expression, of_vectors: bool = False) -> Expression:
    """A function that makes a vector a number, or several of them one vector."""
    return _of_atom(Atom(function, of, of_vectors))


def add(left: Expression, right: Expression, times: float = 1.0) -> Expression:
    """left + times * right."""
    terms = dict(left.terms)
    for factors, coefficient in right.terms:
        terms[factors] = terms.get(factors, 0.0) + times * coefficient
    return _sorted(terms)


def multiply(left: Expression, right: Expression) -> Expression:
    """Products are multiplied out only by numbers; a sum stays one factor."""
    for one, other in ((left, right), (right, left)):
        value = one.number
        if value is not None:
            return _sorted({factors: coefficient * value for factors, coefficient in other.terms})
    (factors, one), (more, other) = _as_product(left), _as_product(right)
    for atom, exponent in more.items():
        known = factors.get(atom, 0.0)
        factors[atom] = _sum_of(known, exponent)
    kept = {atom: exponent for atom, exponent in factors.items() if exponent != 0.0}
    return Expression(((_ordered(kept), one * other),)) if one * other else number(0.0)


def power(base: Expression, exponent: Expression) -> Expression:
    """A product's power is a product of powers where the exponent is whole: else signs would be lost."""
    value, to = base.number, exponent.number
    if value is not None and to is not None and (value > 0 or (to.is_integer() and (value or to >= 0))):
        return number(value**to)
    if to == 0.0:
        return number(1.0)
    if to == 1.0:
        return base
    if to is not None and to.is_integer():
        factors, coefficient = _as_product(base)
        if all(isinstance(each, float) for each in factors.values()):
            raised: _Factors = {a: e * to for a, e in factors.items() if isinstance(e, float)}
            return Expression(((_ordered(raised), coefficient**to),))
    atom = _single(base) or Atom("", base, base.has_vector)
    return Expression(((((atom, to if to is not None else exponent),), 1.0),))


def without(expression: Expression, name_: str) -> tuple[Expression, Expression] | None:
    """``a`` and ``b`` in ``a + b * name``; None where the name is in neither place alone."""
    rest: dict[tuple[tuple[Atom, Exponent], ...], float] = {}
    times: dict[tuple[tuple[Atom, Exponent], ...], float] = {}
    for factors, coefficient in expression.terms:
        others = tuple((atom, exponent) for atom, exponent in factors if atom.name != name_)
        if any(_mentions(atom, name_) or _in_exponent(exponent, name_) for atom, exponent in others):
            return None
        if len(others) == len(factors):
            rest[factors] = coefficient
        elif (Atom(name_), 1.0) in factors:
            times[others] = times.get(others, 0.0) + coefficient
        else:
            return None
    return _sorted(rest), _sorted(times)


def _mentions(atom: Atom, name_: str) -> bool:
    return atom.name == name_ or (atom.of is not None and _in_expression(atom.of, name_))


def _in_exponent(exponent: Exponent, name_: str) -> bool:
    return isinstance(exponent, Expression) and _in_expression(exponent, name_)


def _in_expression(expression: Expression, name_: str) -> bool:
    return any(
        _mentions(atom, name_) or _in_exponent(exponent, name_)
        for factors, _ in expression.terms
        for atom, exponent in factors
    )


def _of_atom(atom: Atom) -> Expression:
    return Expression(((((atom, 1.0),), 1.0),))


def _single(expression: Expression) -> Atom | None:
    """The atom that it is, if it is one."""
    if len(expression.terms) == 1:
        [(factors, coefficient)] = expression.terms
        if coefficient == 1.0 and len(factors) == 1 and factors[0][1] == 1.0:
            return factors[0][0]
    return None


def _as_product(expression: Expression) -> tuple[_Factors, float]:
    if len(expression.terms) == 1:
        [(factors, coefficient)] = expression.terms
        return dict(factors), coefficient
    return {Atom("", expression, expression.has_vector): 1.0}, 1.0


def _sum_of(left: Exponent, right: Exponent) -> Exponent:
    if isinstance(left, float) and isinstance(right, float):
        return left + right
    together = add(_as_expression(left), _as_expression(right))
    value = together.number
    return together if value is None else value


def _as_expression(exponent: Exponent) -> Expression:
    return exponent if isinstance(exponent, Expression) else number(exponent)


def _ordered(factors: Mapping[Atom, Exponent]) -> tuple[tuple[Atom, Exponent], ...]:
    return tuple(sorted(factors.items(), key=lambda factor: (not factor[0].name, factor[0].key)))


def _sorted(terms: Mapping[tuple[tuple[Atom, Exponent], ...], float]) -> Expression:
    kept = {factors: coefficient for factors, coefficient in terms.items() if coefficient}
    opened: dict[tuple[tuple[Atom, Exponent], ...], float] = {}
    for factors, coefficient in kept.items():
        # A sum in parentheses is its terms, once it stands alone in a sum.
        inner = (
            factors[0][0].of
            if len(factors) == 1 and factors[0][1] == 1.0 and not factors[0][0].name
            else None
        )
        for part, times in inner.terms if inner is not None else ((factors, 1.0),):
            opened[part] = opened.get(part, 0.0) + coefficient * times
    left = [(factors, coefficient) for factors, coefficient in opened.items() if coefficient]
    return Expression(tuple(sorted(left, key=lambda term: (term[1] < 0, [a.key for a, _ in term[0]]))))


def _text(expression: Expression) -> str:
    text = ""
    for factors, coefficient in expression.terms:
        sign = "-" if coefficient < 0 else "+"
        product = _product(factors, abs(coefficient))
        text += f" {sign} {product}" if text else f"-{product}" if coefficient < 0 else product
    return text or "0"


def _product(factors: tuple[tuple[Atom, Exponent], ...], coefficient: float) -> str:
    above, below = [], []
    if coefficient != 1.0 or not factors:
        inverse = 1 / coefficient
        if not coefficient.is_integer() and inverse.is_integer() and inverse <= 12:
            below.append(_number(inverse))
        else:
            above.append(_number(coefficient))
    for atom, exponent in factors:
        if isinstance(exponent, float) and exponent < 0:
            below.append(_powered(atom, -exponent))
        else:
            above.append(_powered(atom, exponent))
    text = "*".join(above) or "1"
    if below:
        text += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
    return text


def _powered(atom: Atom, exponent: Exponent) -> str:
    is_number = atom.of is not None and (atom.of.number or -1.0) > 0
    text = str(atom.of) if is_number else f"{atom.name}({atom.of})" if atom.of is not None else atom.name
    if exponent == 1.0:
        return text
    if exponent == 0.5:
        return f"sqrt{text}" if text.startswith("(") else f"sqrt({text})"
    if isinstance(exponent, float):
        return f"{text}**{_number(exponent)}"
    return f"{text}**({exponent})"


def _number(value: float) -> str:
    text = f"{value:.12g}"
    return text if value >= 0 else f"({text})"
