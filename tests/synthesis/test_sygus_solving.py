"""Problems solved within their grammars: the domain's program and the define-fun agree."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.smt_lib import read_function
from engine import Term, Type
from library.refactoring import leaves
from library.snapshot import Library
from synthesis.sygus.constants import suggested_constants
from synthesis.sygus.problem import Problem, SygusError
from synthesis.sygus.reader import read_problem
from synthesis.sygus.rules import compile_rules
from synthesis.sygus.solving import checked, solve_problem, weights_of
from synthesis.task import TaskError
from synthesis.wake import WakeBudget

LIBRARY = Library.initial("strings")
BUDGET = WakeBudget(60, programs=1_500_000)
GRAMMAR = """((Start String (nt))
  (nt String (x "-" "." (str.++ nt nt) (str.replace nt nt nt) (str.substr nt i i) (ite b nt nt)))
  (i Int (0 1 2 (+ i i) (- i i) (str.len nt) (str.indexof nt nt i)))
  (b Bool (true false (str.contains nt nt) (= i i))))"""


def problem(examples: dict[str, Any], grammar: str = GRAMMAR, sort: str = "String") -> Problem:
    def written(value: Any) -> str:
        return f'"{value}"' if isinstance(value, str) else str(value).lower()

    constraints = "".join(f'(constraint (= (f "{x}") {written(y)}))\n' for x, y in examples.items())
    return read_problem(f"(synth-fun f ((x String)) {sort}\n{grammar})\n{constraints}(check-synth)", "p")


def solved(asked: Problem) -> dict[str, Any]:
    line = solve_problem(checked(asked, "strings"), LIBRARY, BUDGET)
    assert line["solved"], line
    request = Type.parse(asked.request)
    inputs = [one.inputs for one in asked.examples]
    outputs = LIBRARY.language.evaluate(Term.parse(line["program"]), request, inputs)
    assert outputs == [one.output for one in asked.examples]
    function = read_function(line["sygus"])
    assert [function(*each) for each in inputs] == outputs
    assert line["log_posterior"] == pytest.approx(
        LIBRARY.grammar.log_likelihood(Term.parse(line["program"]), request)
    )
    return line


def test_a_problem_is_solved_in_both_languages() -> None:
    line = solved(problem({"a-b": "b.a", "cc-d": "d.cc", "e-ff": "ff.e"}))
    assert line["sygus"].startswith("(define-fun f ((x String)) String (str.++ ")
    assert line["python"].startswith("lambda ")


def test_answers_use_what_the_grammar_has_only() -> None:
    line = solved(
        problem({"a-b": "ab", "cc-d": "ccd"}, '((S String (x "-" (str.replace S S T))) (T String ("")))')
    )
    assert line["sygus"] == '(define-fun f ((x String)) String (str.replace x "-" ""))'
    used = {str(leaf) for leaf in leaves(Term.parse(line["program"])) if leaf.kind == "primitive"}
    assert used == {"str.replace", '"-"', '""'}


def test_productions_that_are_not_understood_are_left_out_and_named() -> None:
    grammar = "((S String (x (str.replace_all S S S) (str.++ S (str.at x 0) S))))"
    line = solved(problem({"ab": "abaab", "c": "ccc"}, grammar))
    assert line["sygus"] == "(define-fun f ((x String)) String (str.++ x (str.at x 0) x))"
    unsolved = solve_problem(
        checked(problem({"ab": "z"}, grammar), "strings"), LIBRARY, WakeBudget(1, programs=1000)
    )
    assert unsolved["reason"] == "budget" and "str.replace_all" in unsolved["detail"]
    nothing = problem({"a": "b"}, "((S String ((str.rev x))))")
    line = solve_problem(checked(nothing, "strings"), LIBRARY, BUDGET)
    assert (line["solved"], line["reason"]) == (False, "unsupported") and "str.rev" in line["detail"]


def test_nested_productions_and_renamed_nonterminals_keep_their_shape() -> None:
    grammar = """((A String (B)) (B String (A x (str.substr x (- (str.len x) 1) 1) (str.++ B B)))
                  (I Int ((- I) 1)))"""
    line = solved(problem({"ab": "bab", "cde": "ecde"}, grammar))
    assert line["sygus"].endswith("(str.++ (str.substr x (- (str.len x) 1) 1) x))")


def test_a_problem_without_a_grammar_takes_constants_from_its_examples() -> None:
    asked = problem({"ab": "Dr. ab-", "c d": "Dr. c d-"}, "")
    assert {"Dr. ", "-", " ", 0, 1} <= set(suggested_constants(asked))
    assert "Dr. " in solved(asked)["sygus"]


def test_numbers_and_truth_values() -> None:
    assert solved(problem({"ab": 1, "": -1, "abcd": 3}, "((I Int (0 1 (- I I) (str.len x))))", "Int"))
    assert solved(problem({"ab": True, "c": False}, '((B Bool ((str.contains x "b") (not B))))', "Bool"))


def test_contradictory_problems_are_refused_with_every_pair_and_its_lines() -> None:
    text = '(synth-fun f ((x String)) String)\n(constraint (= (f "a") "b"))\n(constraint (= (f "c") "d"))\n'
    text += '(constraint (= (f "a") "c"))\n(constraint (= (f "c") "e"))\n(check-synth)'
    with pytest.raises(TaskError) as caught:
        checked(read_problem(text, "p"), "strings")
    assert caught.value.kind == "contradictory" and caught.value.task == "p"
    for said in ("examples 1 and 3 (lines 2 and 4)", "examples 2 and 4 (lines 3 and 5)", '"b" and "c"'):
        assert said in caught.value.detail


def test_literals_share_the_weight_of_one_primitive() -> None:
    literals = " ".join(f'"{letter}"' for letter in "abcdefgh")
    rules = compile_rules(
        problem({"a": "b"}, f"((S String (x {literals} (str.++ S S))))"), weights_of(LIBRARY), []
    )
    nats = {rule.written: rule.nats for rule in rules.rules}
    assert nats["x"] == nats["(str.++ {0} {1})"] < nats['"a"'] == nats['"h"']


def test_a_grammar_of_nothing_is_unsupported() -> None:
    with pytest.raises(SygusError, match="no expressions"):
        compile_rules(problem({"a": "b"}, "((S String ((str.++ S S))))"), weights_of(LIBRARY), [])
