"""Primitives that are Python functions: what crosses, what fails, and what is stopped."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Budget,
    EngineError,
    Failure,
    Grammar,
    Language,
    Limits,
    Opaque,
    ProgramFailed,
    ProgramFunction,
    PythonPrimitive,
    Term,
    Type,
)

HANG_SECONDS = 0.05


def language_of(
    functions: dict[str, tuple[str, Callable[..., Any]]], *native: tuple[str, str], cpu_seconds: float = 5.0
) -> tuple[Language, dict[str, PythonPrimitive]]:
    called = {name: PythonPrimitive(made, type_, cpu_seconds) for name, (type_, made) in functions.items()}
    types = [(name, type_) for name, (type_, _) in functions.items()]
    return Language([*types, *native], functions=list(called.items())), called


def run(language: Language, program: str, request: str, *inputs: Any) -> Any:
    """The value, or the failure's reason as `!reason`."""
    (found,) = language.evaluate(Term.parse(program), Type.parse(request), [inputs], Limits())
    return f"!{found.reason}" if isinstance(found, Failure) else found


def result_of(type_: str, made: Callable[..., Any]) -> Any:
    """What `f : int -> type_` gives for 3."""
    language, _ = language_of({"f": (f"int -> {type_}", made)})
    return run(language, "(lambda (f $0))", f"int -> {type_}", 3)


numbers = st.integers(-(2**62), 2**62)
letters = st.sampled_from("aZ 0\0é→\U0001f600")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": numbers,
    "bool": st.booleans(),
    "real": st.floats(allow_nan=False, allow_infinity=False),
    "char": letters,
    "list(char)": st.text(letters, max_size=90),
    "list(int)": st.lists(numbers, max_size=90),
    "list(list(bool))": st.lists(st.lists(st.booleans(), max_size=9), max_size=9),
    "list(str)": st.lists(st.text(letters, max_size=5), max_size=5),
}


@pytest.mark.parametrize("type_", VALUES)
def test_values_cross_both_ways(type_: str) -> None:
    seen: list[Any] = []

    def same(value: Any) -> Any:
        seen.append(value)
        return value

    language, _ = language_of({"same": (f"{type_} -> {type_}", same)})

    @settings(max_examples=40, deadline=None)
    @given(VALUES[type_])
    def check(value: Any) -> None:
        for _ in range(2):  # remembered or not
            found = run(language, "(lambda (same $0))", f"{type_} -> {type_}", value)
            assert found == value and type(found) is type(value)
        assert value in seen

    check()


@pytest.mark.parametrize(
    ("type_", "given", "reason"),
    [
        ("int", "3", "wrong type"),
        ("int", True, "wrong type"),
        ("int", 2.0, "wrong type"),
        ("int", None, "wrong type"),
        ("int", 2**62 + 1, "overflow"),
        ("int", -(10**40), "overflow"),
        ("bool", 1, "wrong type"),
        ("real", True, "wrong type"),
        ("real", float("nan"), "domain"),
        ("real", float("inf"), "overflow"),
        ("char", "ab", "wrong type"),
        ("list(char)", "\ud800", "wrong type"),
        ("list(char)", ["a"], "wrong type"),
        ("list(int)", [1, "2"], "wrong type"),
        ("list(int)", {1, 2}, "wrong type"),
        ("list(int)", range(2), "wrong type"),
        ("list(int)", [0] * 1_000_000, "memory"),
        ("list(list(int))", [[1], [2**70]], "overflow"),
    ],
)
def test_what_has_another_type_or_is_out_of_bounds_fails(type_: str, given: Any, reason: str) -> None:
    assert result_of(type_, lambda _: given) == f"!{reason}"


def test_a_tuple_is_a_list_and_an_integer_a_real() -> None:
    assert result_of("list(int)", lambda n: (n, n)) == [3, 3]
    assert result_of("real", lambda n: n) == 3.0


@pytest.mark.parametrize("error", [ValueError, SystemExit, RecursionError, StopIteration, MemoryError])
def test_what_it_raises_is_a_failure(error: type[BaseException]) -> None:
    def raises(_: int) -> int:
        raise error("so")

    language, called = language_of({"f": ("int -> int", raises)})
    assert run(language, "(lambda (f $0))", "int -> int", 3) == "!raised"
    assert called["f"].problems == {"raised": 1}
    assert called["f"].last_problem == f"{error.__name__}: so"


def test_endless_recursion_is_a_failure() -> None:
    def deep(n: int) -> int:
        return deep(n + 1)

    assert result_of("int", deep) == "!raised"


def test_types_that_cannot_cross_are_refused() -> None:
    for type_ in ("int -> robot", "((int -> int) -> int) -> int", "list(int -> int) -> int", "list(t0)"):
        with pytest.raises(EngineError, match="type"):
            PythonPrimitive(lambda *_: 0, type_)
    with pytest.raises(EngineError, match="at most 15"):
        PythonPrimitive(lambda *_: 0, "int -> " * 16 + "int")
    with pytest.raises(EngineError, match="no value: ZeroDivisionError"):
        PythonPrimitive(lambda: 1 // 0, "int")
    with pytest.raises(EngineError, match="cpu_seconds"):
        PythonPrimitive(lambda: 1, "int", 0.0)


def test_a_function_must_suit_what_it_stands_for() -> None:
    f = PythonPrimitive(lambda n: n, "int -> int")
    with pytest.raises(EngineError, match="no primitive here"):
        Language([("g", "int -> int")], functions=[("f", f)])
    with pytest.raises(EngineError, match="has type int -> bool, its function int -> int"):
        Language([("f", "int -> bool")], functions=[("f", f)])
    real = PythonPrimitive(lambda: 1.0, "real")
    with pytest.raises(EngineError, match="meaning of its own"):
        Language([("REAL", "real")], functions=[("REAL", real)])


def test_one_without_arguments_is_worked_out_once() -> None:
    calls: list[int] = []

    def primes() -> list[int]:
        calls.append(1)
        return [2, 3, 5]

    language, _ = language_of({"primes": ("list(int)", primes)}, ("cdr", "list(t0) -> list(t0)"))
    assert run(language, "(lambda (cdr primes))", "int -> list(int)", 0) == [3, 5]
    assert run(language, "(lambda primes)", "int -> list(int)", 0) == [2, 3, 5]
    assert len(calls) == 1


def test_equal_calls_are_remembered_failures_too() -> None:
    language, called = language_of({"half": ("list(int) -> int", lambda xs: xs[0] // xs[1])})
    for _ in range(3):
        assert run(language, "(lambda (half $0))", "list(int) -> int", [8, 2]) == 4
        assert run(language, "(lambda (half $0))", "list(int) -> int", [8, 0]) == "!raised"
    assert called["half"].calls == 2


def test_memory_of_calls_is_bounded() -> None:
    language, called = language_of({"f": ("int -> int", lambda n: n + 1)})
    program, request = Term.parse("(lambda (f $0))"), Type.parse("int -> int")
    count = 130_000  # more than fit
    inputs = [(n,) for n in (*range(count), *range(100))]
    assert language.evaluate(program, request, inputs) == [n + 1 for (n,) in inputs]
    assert called["f"].calls > count


def test_functions_and_values_of_any_type() -> None:
    def twice(f: Any, x: Any) -> Any:
        assert isinstance(f, ProgramFunction) and isinstance(x, Opaque)
        return f(f(x))

    def choose(keep: Any, xs: list[Any]) -> list[Any]:
        return [x for x in xs if keep(x)]

    language, _ = language_of(
        {
            "twice": ("(t0 -> t0) -> t0 -> t0", twice),
            "choose": ("(t0 -> bool) -> list(t0) -> list(t0)", choose),
            "plus": ("int -> int -> int", lambda a, b: a + b),
            "over": ("(int -> int -> int) -> int -> int", lambda f, n: f(n, 10)),
        },
        ("gt?", "int -> int -> bool"), ("1", "int"),
        ("cons", "t0 -> list(t0) -> list(t0)"), ("is-prime", "int -> bool"),
    )  # fmt: skip
    assert run(language, "(lambda (twice (lambda (plus $0 $1)) $0))", "int -> int", 5) == 15
    assert run(language, "(lambda (twice (lambda (cons 1 $0)) $0))", "list(int) -> list(int)", [7]) == [
        1,
        1,
        7,
    ]
    assert run(
        language, "(lambda (choose (lambda (gt? $0 1)) $0))", "list(int) -> list(int)", [0, 5, 1, 2]
    ) == [5, 2]
    assert run(language, "(lambda (choose is-prime $0))", "list(int) -> list(int)", [4, 5]) == [5]
    assert run(language, "(lambda (over (lambda (lambda (plus $1 $0))) $0))", "int -> int", 5) == 15
    assert run(language, "(lambda (twice (twice (lambda (plus 1 $0))) $0))", "int -> int", 5) == 9


def test_a_failure_inside_a_function_stays_whatever_the_primitive_does() -> None:
    raised: list[BaseException] = []

    def careful(f: Any, n: int) -> int:
        try:
            return f(n)
        except RuntimeError as error:
            raised.append(error)
            return 0

    language, called = language_of(
        {"careful": ("(int -> int) -> int -> int", careful)}, ("mod", "int -> int -> int"), ("0", "int")
    )
    assert run(language, "(lambda (careful (lambda (mod $0 0)) $0))", "int -> int", 5) == "!division by zero"
    assert isinstance(raised[0], ProgramFailed) and called["careful"].problems == {}


def test_wrong_use_of_functions_and_opaque_values_fails() -> None:
    uses: dict[str, tuple[str, Callable[..., Any]]] = {
        "text": ("(int -> int) -> int -> int", lambda f, n: f("n")),
        "count": ("(int -> int) -> int -> int", lambda f, n: f(n, n)),
        "equal": ("t0 -> t0 -> bool", lambda a, b: a == b),
        "truth": ("t0 -> bool", lambda a: not a),
        "number": ("t0 -> t0", lambda a: 5),
        "swap": ("t0 -> t1 -> t1", lambda a, b: a),
    }
    language, _ = language_of(uses, ("1", "int"))
    for name in ("text", "count"):
        assert run(language, f"(lambda ({name} (lambda $0) $0))", "int -> int", 5) == "!raised"
    assert run(language, "(lambda (equal $0 1))", "int -> bool", 5) == "!raised"
    assert run(language, "(lambda (truth $0))", "int -> bool", 5) == "!raised"
    assert run(language, "(lambda (number $0))", "int -> int", 5) == "!wrong type"
    assert run(language, "(lambda (swap $0 1))", "int -> int", 5) == "!wrong type"


def test_what_a_call_was_handed_is_of_no_use_to_another() -> None:
    kept: list[Any] = []

    def keep(f: Any, x: Any) -> Any:
        kept.extend((f, x))
        return x

    def stale_function(n: int) -> int:
        return kept[0](n)

    language, _ = language_of(
        {
            "keep": ("(int -> int) -> t0 -> t0", keep),
            "stale": ("int -> int", stale_function),
            "old": ("t0 -> t0", lambda x: kept[1]),
        }
    )
    assert run(language, "(lambda (keep (lambda $0) $0))", "list(int) -> list(int)", [5]) == [5]
    assert run(language, "(lambda (stale $0))", "int -> int", 5) == "!raised"
    assert run(language, "(lambda (old $0))", "list(int) -> list(int)", [6]) == "!wrong type"
    with pytest.raises(TypeError, match="while the primitive runs"):
        kept[0](1)


def test_a_function_cannot_be_called_from_another_thread() -> None:
    def elsewhere(f: Any, n: int) -> int:
        caught: list[BaseException] = []

        def call() -> None:
            try:
                f(n)
            except TypeError as error:
                caught.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        return len(caught)

    language, _ = language_of({"elsewhere": ("(int -> int) -> int -> int", elsewhere)})
    assert run(language, "(lambda (elsewhere (lambda $0) $0))", "int -> int", 5) == 1


def test_nesting_through_python_ends_at_the_bound_on_depth() -> None:
    program = "$0"
    for _ in range(450):
        program = f"(call (lambda {program}) $0)"
    language, _ = language_of({"call": ("(int -> int) -> int -> int", lambda f, n: f(n))})
    # Either bound may come first, the machine's or Python's own.
    assert run(language, f"(lambda {program})", "int -> int", 1) in ("!depth", "!fuel", "!memory", "!raised")


def hang(n: int) -> int:
    while n:
        pass
    return n


def test_a_hanging_call_is_stopped_and_fails_at_once_from_then_on() -> None:
    language, called = language_of({"hang": ("int -> int", hang)}, cpu_seconds=HANG_SECONDS)
    for n in (1, 1, 1):
        assert run(language, "(lambda (hang $0))", "int -> int", n) == "!stopped"
    assert called["hang"].calls == 1 and called["hang"].problems == {"stopped": 1}
    assert run(language, "(lambda (hang $0))", "int -> int", 0) == 0
    assert called["hang"].cpu_seconds == HANG_SECONDS / 2
    assert "stopped after" in called["hang"].last_problem


def test_what_a_primitive_may_take_halves_but_not_for_ever() -> None:
    language, called = language_of({"hang": ("int -> int", hang)}, cpu_seconds=HANG_SECONDS)
    for n in range(1, 5):
        assert run(language, "(lambda (hang $0))", "int -> int", n) == "!stopped"
    assert called["hang"].cpu_seconds == 0.01


def test_waiting_in_python_is_stopped_by_the_clock() -> None:
    def wait(n: int) -> int:
        while True:
            time.sleep(0.001)

    language, _ = language_of({"wait": ("int -> int", wait)}, cpu_seconds=0.01)
    assert run(language, "(lambda (wait $0))", "int -> int", 1) == "!stopped"


def test_catching_exceptions_does_not_keep_a_call_running() -> None:
    def stubborn(n: int) -> int:
        for _ in range(3):
            try:
                hang(1)
            except BaseException:
                n += 1
        return hang(n)

    def usual(n: int) -> int:
        while True:
            with contextlib.suppress(Exception):
                hang(n)

    for made in (stubborn, usual):
        language, _ = language_of({"f": ("int -> int", made)}, cpu_seconds=HANG_SECONDS)
        assert run(language, "(lambda (f $0))", "int -> int", 1) == "!stopped"


def test_a_hang_within_a_function_is_not_held_against_the_arguments_of_the_inner_call() -> None:
    def again(f: Any, n: int) -> int:
        while True:
            f(n)

    language, called = language_of(
        {"again": ("(int -> int) -> int -> int", again), "same": ("int -> int", lambda n: n)},
        cpu_seconds=HANG_SECONDS,
    )
    assert run(language, "(lambda (again (lambda (same $0)) $0))", "int -> int", 1) in ("!stopped", "!fuel")
    assert run(language, "(lambda (same $0))", "int -> int", 1) == 1
    assert called["same"].calls <= 2


def test_no_stop_reaches_code_after_the_call() -> None:
    """Calls that take about as long as they may: some are stopped, and nothing else ever is."""

    def work(n: int) -> int:
        end = time.thread_time() + 0.02 + 0.0005 * (n % 20)
        while time.thread_time() < end:
            pass
        return n

    for n in range(15):
        language, _ = language_of({"work": ("int -> int", work)}, cpu_seconds=0.02)
        assert run(language, "(lambda (work $0))", "int -> int", n) in (n, "!stopped")
        sum(range(2000))  # bytecodes that a late exception would hit


def test_many_threads_hang_and_are_all_stopped() -> None:
    language, _ = language_of({"hang": ("int -> int", hang)}, cpu_seconds=HANG_SECONDS)
    results: list[Any] = []

    def one(n: int) -> None:
        results.append(run(language, "(lambda (hang $0))", "int -> int", n))

    threads = [threading.Thread(target=one, args=(n + 1,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["!stopped"] * 8


def test_an_interrupt_reaches_the_main_thread() -> None:
    code = """
import os, signal
from engine import Language, PythonPrimitive, Term, Type
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have it ignored
def f(n):
    os.kill(os.getpid(), signal.SIGINT)
    return n
language = Language([("f", "int -> int")], functions=[("f", PythonPrimitive(f, "int -> int"))])
try:
    language.evaluate(Term.parse("(lambda (f $0))"), Type.parse("int -> int"), [(1,)])
    sum(range(1000))
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "interrupted\n"


def test_a_search_ends_in_time_where_every_call_hangs() -> None:
    language, called = language_of(
        {"hang": ("int -> int", lambda n: hang(n * n + 1)), "1": ("int", lambda: 1)},
        ("+", "int -> int -> int"),
        cpu_seconds=HANG_SECONDS,
    )  # fmt: skip
    examples = [((n,), 1000 + n) for n in range(5)]
    result = Grammar.uniform(language).search(Type.parse("int -> int"), examples, Budget(cpu_seconds=0.2))
    assert result.stopped == "seconds" and not result.solutions
    # The first takes 0.05 s, the next half of that, and so on down to 0.01: what is beyond was cut off.
    assert 1 <= called["hang"].calls <= 60
