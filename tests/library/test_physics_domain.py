"""The physics domain's laws, tasks and equations, and that its plain Python twin gives what the engine
gives.
"""

from __future__ import annotations

import doctest
import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Grammar, Language, Likelihood, Term, Type
from library.domains import physics_python
from library.domains.physics import EQUATIONS, PHYSICS, noisy
from library.domains.physics_laws import LARGE, TEST, TRAIN, Law
from library.domains.physics_tasks import EXAMPLES, make_task, shipped_tasks
from library.snapshot import Abstraction, Library
from synthesis.prior import FittedPrior
from synthesis.task import load_tasks, parse_task
from synthesis.wake import WakeBudget, wake
from tests.library.exported import check_package
from tests.library.test_list_equations import _bound
from tests.reference import terms, types
from tests.reference.equations import Equation
from tests.reference.evaluation import Evaluator, Failed
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import Lambda, show

LANGUAGE = PHYSICS.language()
LAWS = {law.name: law for law in TRAIN + TEST}
NAMES = [primitive.name for primitive in PHYSICS.primitives]
PRODUCTIONS = [(each.name, each.type) for each in PHYSICS.primitives if each.name != "REAL"]


# ---- laws and tasks


def test_laws_are_many_and_apart() -> None:
    assert len(TRAIN) >= 40 and len(TEST) >= 15
    assert len(LAWS) == len(TRAIN) + len(TEST)
    kinds = {"real -> real", "list(real) -> list(real) -> real", "list(list(real)) -> list(real)"}
    assert kinds <= {law.request for law in TRAIN}


@pytest.mark.parametrize("name", LAWS)
def test_each_law_has_tasks(name: str) -> None:
    law = LAWS[name]
    task = make_task(law)
    assert task == make_task(law) != make_task(law, seed=1)
    assert len(task["examples"]) == EXAMPLES
    assert all(law.output(each["inputs"]) == each["output"] for each in task["examples"])
    (read,) = load_tasks([task], "physics")
    assert read.request == law.request


def numbers(value: Any) -> list[float]:
    return [x for each in value for x in numbers(each)] if isinstance(value, list) else [value]


def test_the_held_out_regime_is_another_and_noise_is_of_its_size() -> None:
    law = LAWS["energy of motion"]
    for example in make_task(law, LARGE)["examples"]:
        assert all(50 <= abs(x) <= 500 for x in numbers(example["inputs"]))
    noise = [
        example["output"] - law.output(example["inputs"])
        for example in make_task(law, noise=0.5, examples=400)["examples"]
    ]
    assert math.sqrt(sum(x * x for x in noise) / len(noise)) == pytest.approx(0.5, rel=0.15)


def solved(law: Law) -> Term:
    library = Library.initial("physics")
    attempt = wake(
        parse_task(make_task(law), "physics"), library, [FittedPrior(library.grammar)], WakeBudget(20)
    )
    assert attempt.entries, law.name
    return Term.parse(attempt.entries[0].program)


@pytest.mark.parametrize(
    "name", ["weight", "pressure of a force", "speed after a fall", "resistors in a row", "sum of two forces"]
)
def test_what_is_found_is_the_law_and_not_a_fit(name: str) -> None:
    law = LAWS[name]
    program, request = solved(law), Type.parse(law.request)
    elsewhere = make_task(law, LARGE)["examples"]
    outputs = LANGUAGE.evaluate(program, request, [example["inputs"] for example in elsewhere])
    for output, example in zip(outputs, elsewhere, strict=True):
        assert numbers(output) == pytest.approx(numbers(example["output"]), rel=1e-7)


def test_noise_is_fitted_and_not_learned_by_heart() -> None:
    law, sigma = Law("stretching", "k x", "2.5*k*x"), 0.3
    task = make_task(law, noise=sigma)
    examples = [(example["inputs"], example["output"]) for example in task["examples"]]
    found = Grammar.uniform(LANGUAGE).search(
        Type.parse(law.request),
        examples,
        Budget(cpu_seconds=0, programs=30_000),
        likelihood=noisy(sigma).likelihood,
    )
    [output] = LANGUAGE.evaluate(found.solutions[0][0], Type.parse(law.request), [(20.0, 30.0)])
    assert output == pytest.approx(1500.0, rel=0.02)


def test_shipped_tasks_are_these() -> None:
    train, test = shipped_tasks()
    assert [task["name"] for task in train + test] == [*LAWS]


# ---- equations


def holds(text: str, choose: random.Random) -> bool:
    """Whether the right side gives what the left does, with random programs for the variables, on random
    inputs.
    """
    equation = Equation.parse(text, NAMES)
    closed = terms.parse(terms.show(equation.left))
    for name in reversed(equation.variables):
        closed = Lambda(_bound(closed, name))
    inferred = types.infer(closed, {name: types.parse(type_) for name, type_ in PRODUCTIONS})
    ground = {
        variable: types.parse(choose.choice(["real", "list(real)"])) for variable in types.variables(inferred)
    }
    inputs = ("list(real)", "real", "real")
    values: dict[str, terms.Term] = {}
    source = ProgramSource(PRODUCTIONS, depth=choose.choice([1, 2, 3]))
    for name, type_ in zip(equation.variables, types.arguments(inferred), strict=True):
        request = " -> ".join([*inputs, f"({types.show(types.apply(ground, type_))})"])
        value = source.program(choose, request)
        for _ in inputs:
            assert isinstance(value, Lambda)
            value = value.body
        values[name] = value
    given_ = tuple(random_value(choose, type_) for type_ in inputs)
    results: list[Any] = []
    for side in (equation.left, equation.right):
        program = side if side == terms.Primitive("any") else equation.instance(side, values)
        for _ in inputs:
            program = Lambda(program)
        try:
            results.append(Evaluator(20_000).run(program, given_))
        except (Failed, KeyError):
            if not results:
                return True
            results.append("none")
    return results[0] == results[1]


@pytest.mark.parametrize("text", EQUATIONS)
@settings(max_examples=60, deadline=None)
@given(choose=st.randoms(use_true_random=False))
def test_equations_hold(text: str, choose: random.Random) -> None:
    assert holds(text, choose)


@pytest.mark.parametrize("text", ["(-. a b) = (-. b a)", "(power 0. a) = 0.", "(/. a b) = a"])
def test_false_equations_would_be_found_out(text: str) -> None:
    choose = random.Random(1)
    assert not all(holds(text, choose) for _ in range(500))


# ---- the twin


def test_its_examples_run() -> None:
    assert doctest.testmod(physics_python).failed == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[Library, str, list[tuple[Any, ...]]]:
    """A library whose only function is a program, the program's request, and inputs."""
    choose: random.Random = draw(st.randoms(use_true_random=False))
    request = draw(st.sampled_from(PHYSICS.requests))
    source = ProgramSource([*PRODUCTIONS, ("2.5", "real")], depth=draw(st.integers(2, 5)))
    term = Term.abstraction(Term.parse(show(source.program(choose, request))))
    program = Abstraction("program", str(term), str(LANGUAGE.infer(term)))
    library = Library("physics", (program,), (0.0,) * (len(PHYSICS.primitives) + 2))
    arguments = types.arguments(types.parse(request))
    return library, request, [tuple(random_value(choose, each) for each in arguments) for _ in range(4)]


@settings(max_examples=80, deadline=None)
@given(case=cases())
def test_packages_agree_with_the_engine_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Library, str, list[tuple[Any, ...]]]
) -> None:
    check_package(*case, (IndexError, ValueError, ArithmeticError), tmp_path_factory.mktemp("read"))


# ---- rounding


def test_rounding_merges_what_only_the_order_of_factors_tells_apart() -> None:
    request = Type.parse("real -> real -> real -> real")
    draws = itertools.product((1.1, 2.3), (0.7, 3.9), (1.7, 5.3))
    examples = [((x, y, z), math.sin(9 * x + 5 * y * z)) for x, y, z in draws]  # nothing is found
    primitives = [(name, type_) for name, type_ in PRODUCTIONS if name in ("+.", "*.", "-.", "1.")]
    grammar, budget = Grammar.uniform(Language(primitives)), Budget(cpu_seconds=0, nats=19.0)
    exact, forgiving = (
        grammar.search(request, examples, budget, likelihood=likelihood).programs
        for likelihood in (Likelihood.tolerance(1e-12, 0.0), PHYSICS.likelihood)
    )
    assert forgiving < exact
