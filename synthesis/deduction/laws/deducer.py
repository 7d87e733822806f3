"""Laws of nature deduced from their examples: formulas that are products of powers, or sums of a few, of a
task's quantities and of what simply comes of them.

An output says much about a law: by how much it grows with each quantity, along which vectors it points.
Enumeration only learns whether it is hit. What is deduced fits the examples but for rounding; whether it
means the law is for held-out examples to say, and which of several is kept is the library's prior's choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine import Cancellation, Term, Type
from library.snapshot import Library
from synthesis.deduction.deducer import Deduction
from synthesis.deduction.in_library import likeliest
from synthesis.deduction.laws import trees
from synthesis.deduction.laws.directions import directions, is_spanned, planes
from synthesis.deduction.laws.effort import Effort
from synthesis.deduction.laws.products import Product, products
from synthesis.deduction.laws.quantities import (
    Floats,
    Givens,
    Quantity,
    Setting,
    Vector,
    component_setting,
    number_settings,
    read_givens,
    vector_setting,
)
from synthesis.deduction.laws.sums import Law, sums
from synthesis.deduction.laws.trees import Function, Tree
from synthesis.task import Task

_PROGRAMS = 8
"""Of a task, at most: other ways to write the same law, and other laws that fit."""


class LawDeducer:
    """The `Deducer` of domains with the physics domain's primitives, and outputs that are free of noise."""

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        effort = Effort(seconds, cancellation)
        request = Type.parse(task.request)
        found: dict[Term, float] = {}
        for program in deduce_laws(task, effort):
            scored = likeliest(program, request, library)
            if scored is not None:
                found.setdefault(*scored)
        ordered = sorted(found, key=lambda program: -found[program])
        return Deduction(tuple(ordered), effort.tried, effort.cpu_seconds)


def deduce_laws(task: Task, effort: Effort) -> list[Term]:
    """Programs in the domain's primitives that fit all examples of the task, as far as floats go; none for
    tasks of other types than real numbers and vectors, and where nothing is found.
    """
    givens = read_givens(task)
    if givens is None or effort.spent:
        return []
    with np.errstate(all="ignore"):
        bodies = _Search(givens, effort).bodies()
        return [Term.parse(trees.program_text(body, givens.names)) for body in islice(bodies, _PROGRAMS)]


@dataclass(frozen=True)
class _Search:
    givens: Givens
    effort: Effort

    def bodies(self) -> Iterator[Tree]:
        """From the first way to look at the output that gives any."""
        output = self.givens.output
        if not isinstance(output, Vector):
            yield from self.numbers(output)
            return
        setting = vector_setting(self.givens, output)
        for way in (self.elements, self.along, self.spanned, self.planes, self.components):
            found = False
            for tree in way(output, setting):
                found = True
                yield tree
            if found:
                return

    def numbers(self, target: Floats) -> Iterator[Tree]:
        """Expressions for a number, from the first way to look at it that gives any."""
        found = False
        for setting in number_settings(self.givens, target):
            for tree in self.laws(setting):
                found = True
                yield tree
            if found:
                return
        setting = component_setting(self.givens, target)
        if setting is not None:
            yield from self.laws(setting)

    def powers(self, target: Floats) -> Iterator[Tree]:
        """Products of powers for a number."""
        for setting in number_settings(self.givens, target):
            for product in products(setting, self.effort):
                yield product.tree()

    def laws(self, setting: Setting) -> Iterator[Tree]:
        """Expressions for the target; sums only where it is no product."""
        found = False
        for product in products(setting, self.effort):
            found = True
            yield product.tree()
        if not found:
            for law in sums(setting, self.effort):
                yield law.tree()

    def elements(self, output: Vector, setting: Setting) -> Iterator[Tree]:
        """Each element a product of powers."""
        for product in products(setting, self.effort):
            made = _with_elements(product.tree(), setting.vectors)
            if made is not None:
                yield made

    def along(self, output: Vector, setting: Setting) -> Iterator[Tree]:
        """A vector times any number."""
        for element, times in directions(output, _elements(setting)):
            for tree in self.numbers(times):
                made = _with_elements(("*.", tree, element.tree), setting.vectors)
                if made is not None:
                    yield made

    def spanned(self, output: Vector, setting: Setting) -> Iterator[Tree]:
        """A sum of vectors times numbers."""
        if is_spanned(output, setting.vectors):
            for law in sums(setting, self.effort):
                made = _of_law(law, setting.vectors)
                if made is not None:
                    yield made

    def planes(self, output: Vector, setting: Setting) -> Iterator[Tree]:
        """Two vectors, each times a product of powers, added."""
        for pair in planes(output, _elements(setting)):
            parts: list[Tree] = []
            for element, times in pair:
                number = next(self.powers(times), None)
                if number is None:
                    break
                part = _with_elements(("*.", number, element.tree), setting.vectors)
                parts += [] if part is None else [part]
            if len(parts) == 2:
                yield trees.element_by_element("+.", *parts)
                return

    def components(self, output: Vector, setting: Setting) -> Iterator[Tree]:
        """Every component by itself, in the first way that it can be had."""
        found: list[Tree] = []
        for i in range(output.dimensions or 0):
            target = component_setting(self.givens, np.array([part[i] for part in output.parts]))
            first = next(self.laws(target), None) if target is not None else None
            if first is None:
                return
            found.append(first)
        if found:
            yield trees.vector_of(found)


def _elements(setting: Setting) -> list[Quantity]:
    return [Quantity(vector.flat, vector.element) for vector in setting.vectors]


def _of_law(law: Law, vectors: Sequence[Vector]) -> Tree | None:
    """The vector whose elements are these: of more than two vectors, two at a time are added."""
    used = _used(law.tree(), vectors)
    if len(used) <= 2:
        return _with_elements(law.tree(), vectors)
    last = used[-1].element

    def has_last(addend: Product) -> bool:
        return any(last in trees.names_in(quantity.tree) for quantity, _ in addend.factors)

    parts = law.parted(has_last)
    if parts is None or len(_used(parts[0].tree(), vectors)) != 1:
        return None
    rest = _of_law(parts[1], vectors)
    if rest is None:
        return None
    return ("zip", rest, used[-1].tree, Function(("x", last), ("+.", "x", parts[0].tree())))


def _with_elements(tree: Tree, vectors: Sequence[Vector]) -> Tree | None:
    """The vector with this element; None where that takes none, or more than two vectors."""
    used = _used(tree, vectors)
    function = Function(tuple(vector.element for vector in used), tree)
    match used:
        case [vector]:
            return vector.tree if tree == vector.element else ("map", function, vector.tree)
        case [one, other]:
            return ("zip", one.tree, other.tree, function)
        case _:
            return None


def _used(tree: Tree, vectors: Sequence[Vector]) -> list[Vector]:
    names = set(trees.names_in(tree))
    return [vector for vector in vectors if vector.element in names]
