"""The physics domain's deducer: laws from their examples."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Cancellation, Failure, Term, Type
from library.domains.physics_laws import LARGE, TEST, TRAIN, Law
from library.domains.physics_tasks import make_task
from library.snapshot import Abstraction, Library
from synthesis.deduction import Deduction, deduction_guides
from synthesis.deduction.laws import LawDeducer
from synthesis.task import Task, parse_task
from synthesis.wake import WakeBudget, wake

LIBRARY = Library.initial("physics")
SECONDS = 20.0


def deduced(task: Task, library: Library = LIBRARY) -> Deduction:
    return LawDeducer().deduce(task, library, SECONDS, Cancellation())


def task_of(law: Law, examples: int = 20) -> Task:
    return parse_task(make_task(law, examples=examples), "physics")


def is_law(program: Term, law: Law) -> bool:
    """Whether the program gives what the law gives for magnitudes that it was never shown."""
    unseen = make_task(law, LARGE, examples=10)["examples"]
    outputs = LIBRARY.language.evaluate(program, Type.parse(law.request), [each["inputs"] for each in unseen])
    return all(_close(got, each["output"]) for got, each in zip(outputs, unseen, strict=True))


def _close(got: Any, wanted: Any) -> bool:
    if isinstance(got, Failure):
        return False
    if isinstance(wanted, list):
        largest = max(map(abs, wanted))
        pairs = zip(got, wanted, strict=True)
        return all(math.isclose(a, b, rel_tol=1e-8, abs_tol=1e-8 * largest) for a, b in pairs)
    return math.isclose(got, wanted, rel_tol=1e-8)


@pytest.mark.parametrize("law", [*TRAIN, *TEST], ids=lambda law: law.name)
def test_every_shipped_law_is_deduced_and_holds_at_other_magnitudes(law: Law) -> None:
    found = deduced(task_of(law))
    assert is_law(found.programs[0], law), found.programs


OTHERS = (
    Law("velocities after a collision", "m M v~ u~", "((m - M)*v + 2*M*u)/(m + M)"),
    Law("mixing", "m M T U", "(m*T + M*U)/(m + M)"),
    Law("speed after a way", "v a s", "sqrt(v**2 + 2*a*s)"),
    Law("pressure in a flow", "p d v~ h", "p + d*v**2/2 + 9.81*d*h"),
    Law("period of an orbit", "r M", "2*pi*sqrt(r**3/(6.674*M))"),
    Law("three resistors", "R S T", "1/(1/R + 1/S + 1/T)"),
    Law("centre of mass", "m M r[] s[]", "(m*r + M*s)/(m + M)"),
    Law("place of a body that is pushed on", "r[] v[] a[] t", "r + v*t + a*t**2/2"),
    Law("angle of two vectors", "a[] b[]", "dot(a, b)/(norm(a)*norm(b))"),
    Law("part along a vector", "a[] b[]", "dot(a, b)*b/sum(b**2)"),
    Law("mirrored", "v[] n[]", "v - 2*dot(v, n)*n/sum(n**2)"),
    Law("spring with a length", "k l r[]", "-k*(norm(r) - l)*r/norm(r)"),
    Law("mean", "x()", "sum(x)/sum(x**0)"),
    Law("turning force", "r[] F[]", "r[0]*F[1] - r[1]*F[0]"),
    Law("inertia of many", "m() r()", "sum(m*r**2)"),
    Law(
        "field of two charges",
        "q p a[] b[] r[]",
        "q*(r - a)/norm(r - a)**3 + p*(r - b)/norm(r - b)**3",
    ),
    Law("gas that isn't warmed", "p V", "p*V**1.4"),
    Law(
        "force in a magnetic field",
        "q~ v[] B[]",
        "[q*(v[1]*B[2] - v[2]*B[1]), q*(v[2]*B[0] - v[0]*B[2]), q*(v[0]*B[1] - v[1]*B[0])]",
    ),
)  # fmt: skip


@pytest.mark.parametrize("law", OTHERS, ids=lambda law: law.name)
def test_laws_of_many_forms_are_deduced(law: Law) -> None:
    assert is_law(deduced(task_of(law)).programs[0], law)


_EXPONENTS = st.sampled_from([-3, -2, -1.5, -1, -0.5, 0.5, 1, 2, 3])
_CONSTANTS = st.sampled_from(["1", "2", "0.5", "-1", "pi", "4*pi/3", "9.81", "1/3", "-6.02e23", "1/(2*pi)"])


@given(constant=_CONSTANTS, exponents=st.lists(_EXPONENTS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_any_product_of_powers_is_deduced(constant: str, exponents: list[float]) -> None:
    names = "abcd"[: len(exponents)]
    factors = "*".join(f"{name}**({exponent})" for name, exponent in zip(names, exponents, strict=True))
    law = Law(f"{constant} {factors}", " ".join(names), f"({constant})*{factors}")
    assert is_law(deduced(task_of(law)).programs[0], law)


_ADDEND = st.lists(st.sampled_from("abc"), min_size=1, max_size=2).map(sorted).map("*".join)


@given(
    addends=st.lists(_ADDEND, min_size=2, max_size=3, unique=True),
    power=st.sampled_from(["", "**0.5", "**(-1)"]),
    data=st.data(),
)
@settings(max_examples=20, deadline=None)
def test_any_sum_of_a_few_products_is_deduced(addends: list[str], power: str, data: st.DataObject) -> None:
    constants = [data.draw(st.sampled_from([1, 2, 0.5, 3.7])) for _ in addends]
    total = " + ".join(f"{each}*{addend}" for each, addend in zip(constants, addends, strict=True))
    law = Law(f"{total} {power}", "a b c", f"({total}){power}")
    assert is_law(deduced(task_of(law)).programs[0], law)


def test_means_of_vectors_weighed_and_not_are_deduced() -> None:
    draw = random.Random(1)
    plain: list[dict[str, Any]] = []
    weighed: list[dict[str, Any]] = []
    for _ in range(12):
        many = draw.randint(2, 5)
        masses = [draw.uniform(0.5, 9) for _ in range(many)]
        places = [[draw.uniform(-9, 9) for _ in range(3)] for _ in range(many)]
        mean = [sum(column) / many for column in zip(*places, strict=True)]
        centre = [
            sum(m * x for m, x in zip(masses, column, strict=True)) / sum(masses)
            for column in zip(*places, strict=True)
        ]
        plain.append({"inputs": [places], "output": mean})
        weighed.append({"inputs": [masses, places], "output": centre})
    for request, examples in (
        ("list(list(real)) -> list(real)", plain),
        ("list(real) -> list(list(real)) -> list(real)", weighed),
    ):
        task = parse_task({"name": "mean", "request": request, "examples": examples}, "physics")
        (best, *_) = deduced(task).programs
        outputs = LIBRARY.language.evaluate(best, Type.parse(request), task.inputs)
        assert all(_close(got, each.output) for got, each in zip(outputs, task.examples, strict=True))


@pytest.mark.parametrize("request_", ["real -> real -> real", "real -> list(real) -> list(real)"])
def test_nothing_is_deduced_from_noise(request_: str) -> None:
    draw = random.Random(request_)

    def value(type_: str) -> Any:
        return draw.uniform(1, 9) if type_ == "real" else [draw.uniform(1, 9) for _ in range(3)]

    *inputs, output = request_.split(" -> ")
    examples = [{"inputs": [value(each) for each in inputs], "output": value(output)} for _ in range(20)]
    task = parse_task({"name": "noise", "request": request_, "examples": examples}, "physics")
    assert deduced(task).programs == ()


def test_the_order_of_examples_and_outputs_of_zero_dont_matter() -> None:
    law = Law("difference", "v[] u[]", "2*(v - u)")
    made = make_task(law)
    made["examples"][3] = {"inputs": [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], "output": [0.0, 0.0, 0.0]}
    forward = deduced(parse_task(made, "physics"))
    backward = deduced(parse_task(made | {"examples": made["examples"][::-1]}, "physics"))
    assert is_law(forward.programs[0], law)
    assert forward.programs == backward.programs


@pytest.mark.parametrize(
    ("request_", "example"),
    [
        ("real -> list(list(real))", {"inputs": [1.0], "output": [[1.0]]}),
        ("list(list(list(real))) -> real", {"inputs": [[[[1.0]]]], "output": 1.0}),
        ("list(real) -> list(real)", {"inputs": [[]], "output": []}),
        ("list(list(real)) -> list(real)", {"inputs": [[[1.0], []]], "output": [1.0]}),
        ("real -> real", {"inputs": [0.0], "output": 0.0}),
    ],
)
def test_what_cant_be_explained_is_left_alone(request_: str, example: dict[str, Any]) -> None:
    for count in (1, 8):
        task = parse_task({"name": "odd", "request": request_, "examples": [example] * count}, "physics")
        assert deduced(task).programs == ()


def test_it_ends_when_it_is_told_to() -> None:
    cancelled = Cancellation()
    cancelled.cancel()
    task = task_of(OTHERS[0])
    assert LawDeducer().deduce(task, LIBRARY, SECONDS, cancelled).programs == ()
    assert LawDeducer().deduce(task, LIBRARY, 0.0, Cancellation()).programs == ()


def test_programs_use_what_the_library_has_learned() -> None:
    squares = Abstraction(
        "squares", "#(lambda (fold $0 0. (lambda (lambda (+. (*. $1 $1) $0)))))", "list(real) -> real"
    )
    learned = Library("physics", (squares,), (*LIBRARY.weights[:-1], 0.0, 0.0))
    law = Law("speed", "v[]", "norm(v)")
    (program,) = deduced(task_of(law), learned).programs
    assert squares.term in program.abstractions
    spelled_out = program.beta_normal(inline=True)
    grammar = learned.grammar
    request = Type.parse(law.request)
    assert grammar.log_likelihood(program, request) > grammar.log_likelihood(
        learned.language.eta_long(spelled_out, request), request
    )


def test_wake_credits_the_deduction() -> None:
    attempt = wake(task_of(OTHERS[6]), LIBRARY, deduction_guides(LIBRARY), WakeBudget(5.0))
    assert attempt.solved_by == "deduction" and is_law(Term.parse(attempt.entries[0].program), OTHERS[6])
    assert attempt.guides["deduction"].fitting >= 1 and attempt.programs > 0
