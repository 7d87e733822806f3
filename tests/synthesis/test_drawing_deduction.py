"""Drawings explained by covering them: what is found draws them, and simple ones are found as short as they
were made.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import Budget, Cancellation, Drawings, EngineError, Grammar, Language, Term, Type
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.deduction import deduction_guides
from synthesis.deduction.drawing import DrawingDeducer, read_library
from synthesis.fit import fit_of_program
from synthesis.task import Example, Task
from synthesis.wake import WakeBudget, wake

REQUEST = Type.parse("turtle -> turtle")
LIBRARY = Library.initial("logo")
LENGTHS = ["logo_UL", "(logo_DIVL logo_UL 2)", "(logo_MULL logo_UL 2)"]
ANGLES = ["logo_ZA", "(logo_DIVA logo_UA 4)", "(logo_DIVA logo_UA 3)", "(logo_DIVA logo_UA 6)"]
MOVES = st.builds("(logo_FWRT {} {} ".format, st.sampled_from(LENGTHS), st.sampled_from(ANGLES))
TURNS = st.builds("(logo_FWRT logo_ZL {} ".format, st.sampled_from(ANGLES[1:]))
SKIPS = st.builds("(logo_PT (lambda (logo_FWRT {} logo_ZA $0)) ".format, st.sampled_from(LENGTHS))
LOOPS = st.builds("(logo_forLoop {} (lambda (lambda {}$0))) ".format, st.integers(2, 6), MOVES)
ARCS = st.builds(
    "(logo_forLoop logo_IFTY (lambda (lambda (logo_FWRT {} logo_epsA $0))) ".format,
    st.sampled_from(["logo_epsL", "(logo_MULL logo_epsL 2)"]),
)
SCOPE_NATS = 0.5
"""Integers in loops are taken to cost what they do outside of them."""


def drawn(program: str, library: Library = LIBRARY) -> Task:
    """The task to draw what a program draws."""
    term = library.language.eta_long(Term.parse(program), REQUEST)
    [output] = library.language.evaluate(term, REQUEST, [([],)])
    assert isinstance(output, list)
    return Task("drawing", "turtle -> turtle", (Example(([],), output),), "logo")


def picture(task: Task) -> Any:
    return task.examples[0].output


def sequence(statements: list[str]) -> str:
    return f"(lambda {''.join(statements)}$0{')' * len(statements)})"


def explained(task: Task, library: Library = LIBRARY, programs: int = 150_000) -> list[tuple[Term, float]]:
    """What a search of so many sketches finds, all of it checked; nats under the library."""
    budget = Budget(cpu_seconds=60, programs=programs)
    found = read_library(library).search(picture(task), budget)
    assert len(found.solutions) == len({str(term) for term, _ in found.solutions})
    right = [term for term, _ in found.solutions if fit_of_program(task, library, term) == 0]
    return [(term, -library.grammar.log_likelihood(term, REQUEST)) for term in right]


def seen(task: Task) -> bool:
    """Whether something is drawn, and none of it outside of the grid."""
    strokes = picture(task)
    return bool(strokes) and all(abs(number) < 14 for stroke in strokes for number in stroke)


@settings(max_examples=8)
@given(st.lists(TURNS, max_size=1), MOVES | LOOPS | ARCS)
def test_simple_drawings_are_explained_as_shortly_as_they_were_made(turns: list[str], last: str) -> None:
    program = sequence([*turns, last])
    task = drawn(program)
    assume(seen(task))
    made = -LIBRARY.grammar.log_likelihood(LIBRARY.language.eta_long(Term.parse(program), REQUEST), REQUEST)
    assert min(nats for _, nats in explained(task)) <= made + SCOPE_NATS


@settings(max_examples=4)
@given(st.lists(MOVES | SKIPS | LOOPS | ARCS, min_size=2, max_size=3))
def test_sequences_are_explained(statements: list[str]) -> None:
    task = drawn(sequence(statements))
    assume(seen(task))
    assert explained(task)


def loop(rounds: int | str, *body: str) -> str:
    return f"(logo_forLoop {rounds} (lambda (lambda {''.join(body)}$0{')' * len(body)})) "


def aside(*body: str) -> str:
    return f"(logo_GETSET (lambda {''.join(body)}$0{')' * len(body)}) "


def move(length: str, angle: str) -> str:
    return f"(logo_FWRT {length} {angle} "


AHEAD, QUARTER, FIFTH = move("logo_UL", "logo_ZA"), "(logo_DIVA logo_UA 4)", "(logo_DIVA logo_UA 5)"
SKIP = f"(logo_PT (lambda {AHEAD}$0)) "
SQUARE = loop(4, move("logo_UL", QUARTER))
ARC = loop("logo_IFTY", move("(logo_MULL logo_epsL $3)", "logo_epsA"))
AROUND_THE_START = loop(5, aside(AHEAD, SQUARE), move("logo_ZL", FIFTH))
ROW = loop(4, aside(move("logo_ZL", QUARTER), AHEAD), SKIP)
GROWING = loop(5, ARC, ARC)
ZIGZAG = loop(4, move("logo_UL", QUARTER), move("logo_UL", f"(logo_MULA {QUARTER} 3)"))


@pytest.mark.parametrize("statement", [AROUND_THE_START, ROW, GROWING, ZIGZAG])
def test_nested_drawings_are_explained(statement: str) -> None:
    assert explained(drawn(sequence([statement])))


def learned(*abstractions: tuple[str, str]) -> Library:
    made = tuple(Abstraction(f"f{i}", text, type_) for i, (text, type_) in enumerate(abstractions))
    weights = (*LIBRARY.weights[:-1], *(1.0 for _ in made), LIBRARY.weights[-1])
    return Library("logo", made, weights)


# (length, sides, rest) and (copies, body, rest)
POLYGON = f"#(lambda (lambda (lambda {loop('$1', move('$4', '(logo_DIVA logo_UA $3)'))}$0))))"
AROUND = (
    "#(lambda (lambda (lambda (logo_forLoop $2 (lambda (lambda "
    "(logo_GETSET $3 (logo_FWRT logo_ZL (logo_DIVA logo_UA $4) $0)))) $0))))"
)
LEARNED = learned(
    (POLYGON, "tlength -> int -> turtle -> turtle"),
    (AROUND, "int -> (turtle -> turtle) -> turtle -> turtle"),
)


def test_what_was_learned_is_used() -> None:
    task = drawn(f"(lambda ({AROUND} 6 (lambda {AHEAD}({POLYGON} logo_UL 5 $0))) $0))", LEARNED)
    best = min(explained(task, LEARNED), key=lambda found: found[1])[0]
    assert {str(term) for term in best.abstractions} == {POLYGON, AROUND}


def test_a_drawing_is_deduced_and_solved() -> None:
    task = drawn(sequence([move("logo_ZL", "(logo_DIVA logo_UA 7)"), SQUARE]))
    attempt = wake(task, LIBRARY, deduction_guides(LIBRARY), WakeBudget(4.0))
    assert attempt.solved_by == "deduction" and attempt.guides["deduction"].fitting > 0


def test_only_drawings_with_nothing_after_them_are_explained() -> None:
    line = [[0.0, 0.0, 1.0, 0.0]]
    twice = (Example(([],), line), Example(([],), line))
    for examples in ((Example((line,), line),), twice):
        task = Task("drawing", "turtle -> turtle", examples, "logo")
        assert DrawingDeducer().deduce(task, LIBRARY, 1.0, Cancellation()).programs == ()


def test_a_search_ends_by_its_budget_or_where_it_is_cancelled() -> None:
    known = read_library(LIBRARY)
    wild = [[0.0, 0.0, 1.37, 0.61], [1.37, 0.61, 2.0, -3.3]]
    assert known.search(wild, Budget(programs=2_000)).stopped == "programs"
    cancelled = Cancellation()
    cancelled.cancel()
    assert known.search(wild, Budget(cpu_seconds=5), cancelled).stopped == "cancelled"
    assert known.search([], Budget(cpu_seconds=5)).solutions == []


def test_bad_pictures_and_grammars_are_refused() -> None:
    with pytest.raises(EngineError):
        read_library(LIBRARY).search([[0.0, 0.0, 99.0, 0.0]], Budget(cpu_seconds=1))
    language: Language = get_domain("logo").language()
    rows = len(Grammar.contexts(language))
    with pytest.raises(EngineError):
        Drawings(Grammar(language, Grammar.uniform(language).weights.repeat(rows, axis=0)))
