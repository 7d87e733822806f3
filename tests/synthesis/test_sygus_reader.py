"""SyGuS-IF: what is read, that it prints and reads back, and what is said of files that are no problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.sygus.printing import print_problem
from synthesis.sygus.problem import (
    Anything,
    Applied,
    Expression,
    Literally,
    Named,
    Nonterminal,
    PbeExample,
    Problem,
    Sort,
    SygusError,
    Value,
)
from synthesis.sygus.reader import read_problem
from synthesis.sygus.s_expressions import Atom, Group, quoted, read_s_expressions, unescape
from synthesis.task import TaskError, load_tasks, read_problem_file

VERSION_1 = '''; a comment (with a parenthesis
(set-logic SLIA)
(synth-fun f ((name String) (n Int)) String
    ((Start String (ntString))
     (ntString String (name " " "a ; b"   ; no comment inside of strings
                       (str.++ ntString ntString)
                       (str.at ntString ntInt)))
     (ntInt Int (0 1 -1 n (+ ntInt ntInt)))))
(declare-var name String)
(declare-var n Int)
(constraint (= (f "say ""a""" 0)
               "s"))
(constraint (= "b\\u{e9}" (f "x" (- 5))))
(check-synth)
'''
VERSION_2 = """(set-logic SLIA)
(set-option :verbosity 0)
(synth-fun |f g| ((x String)) Bool
  ((B Bool) (S String))
  ((B Bool ((str.contains S S) true)) (S String ((Variable String) (Constant String)))))
(constraint (and (|f g| "a") (not (|f g| "b"))))
(constraint (= (|f g| "c") true))
(check-synth)
"""


def test_version_1_is_read() -> None:
    problem = read_problem(VERSION_1, "p")
    assert (problem.function, problem.returns, problem.version) == ("f", "String", 1)
    assert problem.parameters == (("name", "String"), ("n", "Int"))
    assert problem.request == "list(char) -> int -> list(char)"
    assert [(one.inputs, one.output, one.line) for one in problem.examples] == [
        (('say "a"', 0), "s", 11), (("x", -5), "bé", 13)
    ]  # fmt: skip
    assert problem.grammar is not None
    start, texts, numbers = problem.grammar
    assert start.productions == (Named("ntString"),)
    assert texts.productions[1:4] == (
        Literally(" "), Literally("a ; b"), Applied("str.++", (Named("ntString"), Named("ntString")))
    )  # fmt: skip
    assert numbers.productions[2:4] == (Literally(-1), Named("n"))


def test_version_2_is_read() -> None:
    problem = read_problem(VERSION_2, "p")
    assert problem.function == "f g" and problem.version == 2 and problem.grammar is not None
    assert [(one.inputs, one.output) for one in problem.examples] == [
        (("a",), True),
        (("b",), False),
        (("c",), True),
    ]
    assert problem.grammar[1].productions == (Anything("Variable", "String"), Anything("Constant", "String"))


TEXTS = st.text(
    st.characters(max_codepoint=0x2FFFF, exclude_categories=["Cs"]), max_size=8
) | st.sampled_from(["\\u{41}", "\\u0041", '"', '""', "\\", "\\\\u", ";", "|"])
NAMES = st.from_regex(r"[a-z][a-z0-9_.]{0,5}", fullmatch=True).map(lambda name: f"v {name}")
VALUES: dict[Sort, st.SearchStrategy[Value]] = {
    "String": TEXTS,
    "Int": st.integers(-(10**17), 10**17),
    "Bool": st.booleans(),
}
SORTS: st.SearchStrategy[Sort] = st.sampled_from(["String", "Int", "Bool"])


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    names = draw(st.lists(NAMES, min_size=3, max_size=6, unique=True))
    function, nonterminals, parameters = names[0], names[1:3], names[3:] or ["x"]
    sorts: dict[str, Sort] = {name: draw(SORTS) for name in (*nonterminals, *parameters)}
    leaves: st.SearchStrategy[Expression] = (
        st.sampled_from([*nonterminals, *parameters]).map(Named)
        | st.one_of(*VALUES.values()).map(Literally)
        | st.builds(Anything, st.sampled_from(["Constant", "Variable"]), SORTS)
    )
    expressions = st.recursive(
        leaves,
        lambda inner: st.builds(
            Applied,
            st.sampled_from(["str.++", "ite", "no.such", "="]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        max_leaves=6,
    )
    grammar = tuple(
        Nonterminal(name, sorts[name], tuple(draw(st.lists(expressions, min_size=1, max_size=4))))
        for name in nonterminals
    )
    returns = grammar[0].sort
    examples = tuple(
        PbeExample(tuple(draw(VALUES[sorts[name]]) for name in parameters), draw(VALUES[returns]), 0)
        for _ in range(draw(st.integers(1, 4)))
    )
    given_grammar = draw(st.sampled_from([grammar, None]))
    return Problem(
        "p", function, tuple((name, sorts[name]) for name in parameters), returns, given_grammar, examples
    )


@given(problems())
def test_problems_print_and_read_back(problem: Problem) -> None:
    read = read_problem(print_problem(problem), "p")
    without_lines = tuple(replace(one, line=0) for one in read.examples)
    # A minus in front of a number is that number.
    assert replace(read, examples=without_lines, version=2) == problem


@given(TEXTS)
def test_strings_read_back(text: str) -> None:
    [atom] = read_s_expressions(quoted(text))
    assert isinstance(atom, Atom) and (atom.kind, atom.text) == ("string", text)
    assert quoted(text).isascii() and unescape(quoted(text)[1:-1]) == text


@given(st.text('()"|; \na1-\\', max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_s_expressions(text)
    except SygusError as error:
        assert error.kind == "malformed" and error.line is not None
        assert 1 <= error.line <= text.count("\n") + 1
    else:
        assert all(isinstance(one, Atom | Group) for one in found)


F = "(synth-fun f ((x String)) String)\n"
EX = '(constraint (= (f "a") "b"))\n'
BAD = {
    "unclosed": ("(set-logic SLIA", "malformed", "line 1: .*never closed"),
    "too closed": (f"{F})", "malformed", "line 2: .*closes nothing"),
    "open string": (f'{F}(constraint (= (f "a) 1))', "malformed", "line 2: .*isn't closed"),
    "no function": ("(check-synth)", "malformed", "no .synth-fun"),
    "no examples": (f"{F}(check-synth)", "unsupported", "no constraints"),
    "cut short": (f"{F}{EX}", "malformed", "no .check-synth"),
    "not by examples": (f"{F}(constraint (= (f x) (f x)))", "unsupported", "line 2: .*no example"),
    "variables": (f'{F}(constraint (= (f x) "a"))', "unsupported", "line 2: .*variables"),
    "wrong sort": (f"{F}(constraint (= (f 1) 2))", "ill-typed", "line 2: 1 for x is of sort Int, not String"),
    "wrong number": (f'{F}(constraint (= (f "a" "b") "c"))', "ill-typed", "2 inputs and has 1"),
    "two functions": (f"{F}{F}", "unsupported", "line 2: a second synth-fun"),
    "other command": (f"{F}(define-fun g () Int 1)", "unsupported", "line 2: .define-fun"),
    "other sort": ("(synth-fun f ((x Real)) String)", "unsupported", "Real is not understood"),
    "no such name": ("(synth-fun f ((x String)) String ((S String (y))))", "malformed", "y is neither"),
    "grammar of another sort": (
        "(synth-fun f ((x String)) String ((I Int (0))))",
        "ill-typed",
        "starts with I",
    ),
    "constant function": ("(synth-fun f () String)", "unsupported", "no parameters"),
    "huge integer": (f"{F}(constraint (= (f {'9' * 30}) 1))", "unsupported", "18 digits"),
    "deep": ("(" * 300, "malformed", "nest more"),
    "name twice": ("(synth-fun f ((x String) (x Int)) String)", "malformed", "two parameters"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_with_its_line(name: str) -> None:
    text, kind, says = BAD[name]
    with pytest.raises(SygusError, match=says) as caught:
        read_problem(text, "p")
    assert caught.value.kind == kind


def test_files_are_tasks_and_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "first.sl"
    path.write_text(f"{F}{EX}(check-synth)")
    [task] = load_tasks(tmp_path, "strings")
    assert (task.name, task.inputs, task.examples[0].output) == ("first", [("a",)], "b")
    path.write_text(f"{F}(constraint")
    for read in (read_problem_file, lambda path: load_tasks(path, "strings")):
        with pytest.raises(TaskError, match=r"first\.sl, line 2: .*never closed"):
            read(path)
    with pytest.raises(TaskError, match="cannot read"):
        read_problem_file(tmp_path / "none.sl")


def test_contradictions_are_pairs_of_examples() -> None:
    values = [("a", "x"), ("b", "y"), ("a", "x"), ("a", "z"), ("b", "w"), ("b", "y")]
    constraints = "".join(f'(constraint (= (f "{one}") "{other}"))' for one, other in values)
    problem = read_problem(f"{F}{constraints}(check-synth)", "p")
    assert problem.contradictions() == [(1, 4), (2, 5)]
