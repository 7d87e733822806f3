"""Controls: arms differ in what their names say and in nothing else, and none spends more than the rest.

The guides are toys; budgets are counted in programs where they can be.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Cancellation, Grammar
from library.snapshot import Abstraction, Library
from synthesis.controls import (
    Arm,
    ControlTasks,
    Knowledge,
    Part,
    attempt,
    draw_tasks,
    make_arms,
    run_controls,
    sign_test,
)
from synthesis.executor import LocalExecutor
from synthesis.guide import Guidance, Guide, GuideUnavailable, MissingGuide, SamplingGuide
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn
from synthesis.model_guide import ModelGuide, Sampling
from synthesis.prior import FittedPrior
from synthesis.program_prompts import Continuations, Instructions, ProgramPrompts
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Example, Task
from synthesis.wake import WakeBudget
from tests.synthesis.control_toys import (
    BUDGET,
    EASY,
    HARD,
    LIBRARY,
    LONG,
    PRIOR,
    SQUARED,
    TASKS,
    WRONG,
    Draws,
    by_name,
    controls,
    task,
)
from tests.synthesis.model_server import Answer, Endpoint, chat, completion

CONTRADICTORY = replace(EASY, name="contradictory", examples=(Example(([1],), [1]), Example(([1],), [2])))


class Dear(Draws):
    """Draws whose every drawing waits, by its own account, for a quarter of the budget."""

    def redrawn(self, draw: int) -> Dear:
        return Dear(*self.programs, name=self.name, draw=draw)

    def guide(self, task: Task) -> Guidance:
        return replace(super().guide(task), waited_seconds=BUDGET.seconds / 4)


class Failing(Draws):
    """Fails from its second drawing on, and counts how often it was asked."""

    asked = 0

    def redrawn(self, draw: int) -> Failing:
        self.draw = draw
        return self

    def guide(self, task: Task) -> Guidance:
        self.asked += 1
        if self.draw:
            raise GuideUnavailable("gone")
        return super().guide(task)


def test_each_arm_solves_what_its_parts_can():
    made = controls([PRIOR, Draws(WRONG, WRONG, SQUARED)])
    arms = by_name(made)
    assert list(arms) == ["enumeration", "samples", "both", "initial library", "without the network"]
    assert arms["enumeration"]["solved_tasks"] == ["add one"]
    assert arms["samples"]["solved_tasks"] == ["square of a square plus 1"]  # at the third drawing
    assert arms["both"]["solved_tasks"] == ["add one"]  # it draws once
    assert (made["source"], made["tasks"]) == ("test", [one.name for one in TASKS.tasks])
    both, samples = arms["both"], arms["samples"]
    assert (samples["only_both"], samples["only_this"], samples["p_value"]) == (1, 1, 1.0)
    assert "only_both" not in both
    assert (both["requested"], both["valid"], both["tokens"]) == (2 * 3, 3, 7 * 3)
    assert arms["enumeration"]["requested"] == 0 and arms["enumeration"]["valid_rate"] is None


def test_both_solves_what_either_does():
    arms = by_name(controls([PRIOR, Draws(SQUARED)]))
    alone = set(arms["enumeration"]["solved_tasks"]) | set(arms["samples"]["solved_tasks"])
    assert set(arms["both"]["solved_tasks"]) == alone == {"add one", "square of a square plus 1"}
    assert [arms[name]["only_this"] for name in arms if name != "both"] == [0, 0, 0, 0]
    assert sum(arms[name]["only_both"] for name in ("enumeration", "samples")) == 2


def test_repeated_samples_are_valid_and_not_unique():
    arm = Arm("samples", LIBRARY, (Part(Draws(WRONG), grammar=False),), redraw=True)
    trial = attempt(arm, HARD, replace(BUDGET, programs=10), Cancellation())
    assert (trial.requested, trial.valid, trial.distinct, trial.tokens) == (20, 10, 1, 70)


@pytest.mark.parametrize("guides", [[PRIOR], [PRIOR, MissingGuide("network", "no torch")]])
def test_without_a_guide_that_samples_there_is_no_arm_for_it(guides: list[Guide]):
    made = controls(guides, ControlTasks((EASY, HARD), "test"))
    arms = by_name(made)
    assert list(arms) == ["both", "initial library"]
    assert arms["both"]["unique_rate"] is None
    left_out = arms["both"]["left_out"]
    assert left_out == ([{"error": "network: GuideUnavailable: no torch", "tasks": 2}] if guides[1:] else [])


def test_each_recognition_model_has_an_arm_without_it():
    network, model = Draws(SQUARED), Draws(WRONG, name="model")
    arms = by_name(controls([PRIOR, network, model]))
    assert arms["without the network"]["guides"] == ["prior", "model"]
    assert arms["without the network"]["only_both"] == 1
    assert arms["without the model"]["guides"] == ["prior", "network"]
    assert arms["without the model"]["only_both"] == 0
    alone = by_name(controls([network]))
    assert alone["without the network"]["guides"] == ["prior"]  # the library's own weights


def test_the_model_has_an_arm_without_it_and_its_grammar_is_no_enumeration_alone():
    model = Draws(SQUARED, name="model", grammar=LIBRARY.grammar)
    arms = by_name(controls([PRIOR, Draws(WRONG), model]))
    assert arms["enumeration"]["guides"] == ["prior", "network"]
    assert arms["without the model"]["guides"] == ["prior", "network"]
    assert arms["without the model"]["solved_tasks"] == ["add one"]
    assert arms["without the model"]["only_both"] == 1
    alone = by_name(controls([model]))
    assert alone["without the model"]["guides"] == ["prior"]  # the library's own weights


def test_arms_that_would_do_the_same_run_once():
    class Counting(FittedPrior):
        asked = 0

        def guide(self, task: Task) -> Guidance:
            Counting.asked += 1
            return super().guide(task)

    prior = Counting(LIBRARY.grammar)
    arms = make_arms(Knowledge(LIBRARY, [prior, Draws(WRONG, name="model")]), Knowledge(LIBRARY, [PRIOR]))
    made = run_controls(arms, ControlTasks((EASY,), "test"), BUDGET, LocalExecutor(1), lambda: False)
    assert made is not None and Counting.asked == 2  # both; enumeration, which is the run without the model
    names = by_name(made)
    assert names["enumeration"]["solved_tasks"] == names["without the model"]["solved_tasks"]


def test_a_contradictory_task_is_not_drawn_for():
    arm = Arm("samples", LIBRARY, (Part(Draws(WRONG), grammar=False),), redraw=True)
    assert attempt(arm, CONTRADICTORY, BUDGET, Cancellation()).requested == 0


def test_drawing_stops_before_the_draw_that_the_budget_has_no_room_for():
    arm = Arm("samples", LIBRARY, (Part(Dear(WRONG), grammar=False),), redraw=True)
    trial = attempt(arm, HARD, BUDGET, Cancellation())
    assert trial.requested in (2 * 3, 2 * 4)  # four quarters, and what running the samples took
    assert trial.waited_seconds <= trial.charged_seconds <= BUDGET.seconds


def test_a_solution_that_came_too_late_is_none():
    slow = Dear(SQUARED)
    on, budget = ControlTasks((LONG,), "test"), replace(BUDGET, seconds=BUDGET.seconds / 5)
    samples = by_name(controls([PRIOR, slow], on, budget))["samples"]
    assert (samples["solved"], samples["late"], samples["solved_tasks"]) == (0, 1, [])
    assert samples["charged_seconds"] > budget.seconds


@pytest.mark.parametrize("seconds", [0.05, 0.2])
def test_no_arm_exceeds_a_budget_of_seconds_by_more_than_a_step(seconds: float):
    made = controls([PRIOR, Draws(WRONG)], ControlTasks((HARD,), "test"), WakeBudget(seconds))
    for arm in made["arms"]:
        assert 0 < arm["charged_seconds"] < seconds + 5


def test_a_guide_that_failed_is_not_asked_again_in_the_attempt():
    failing = Failing(WRONG)
    arm = Arm("samples", LIBRARY, (Part(failing, grammar=False), Part(Draws(WRONG))), redraw=True)
    trial = attempt(arm, HARD, replace(BUDGET, programs=50), Cancellation())
    assert failing.asked == 2
    assert trial.errors == {"network": "GuideUnavailable: gone"}


def test_json_has_no_nan_and_cancelled_controls_are_none():
    made = controls([PRIOR, Draws(WRONG)], ControlTasks((HARD,), "training", 0))
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    arms = make_arms(Knowledge(LIBRARY, [PRIOR]), Knowledge(LIBRARY, [PRIOR]))
    started = threading.Event()
    threading.Timer(0.1, started.set).start()
    assert run_controls(arms, TASKS, WakeBudget(60.0), LocalExecutor(1), started.is_set) is None


def test_reuse_counts_abstractions_learned_from_other_tasks():
    body = "#(lambda (* (+ (* $0 $0) 1) (+ (* $0 $0) 1)))"
    weights = [0.0] * (len(LIBRARY.weights) + 1)
    abstraction = {"name": "f", "body": body, "type": "int -> int", "docstring": "", "tasks": ["other"]}
    library = Library.from_json({"domain": "list", "abstractions": [abstraction], "weights": weights})
    arms = make_arms(Knowledge(library, [Draws(f"(lambda (map {body} $0))")]), Knowledge(LIBRARY, [PRIOR]))
    made = run_controls(arms, ControlTasks((LONG,), "test"), BUDGET, LocalExecutor(1), lambda: False)
    assert made is not None and by_name(made)["both"]["reuse"] == 1
    assert by_name(made)["initial library"]["reuse"] is None  # nothing solved


NAMED = [replace(EASY, name=f"task {i}") for i in range(30)]


@given(st.sets(st.integers(0, 29)), st.integers(1, 40), st.integers(0, 5))
def test_training_tasks_are_drawn_half_and_half_as_far_as_they_go(solved: set[int], count: int, seed: int):
    names = {f"task {i}" for i in solved}
    drawn = draw_tasks([CONTRADICTORY, *NAMED], [], names, count, seed)
    assert drawn == draw_tasks([CONTRADICTORY, *NAMED], [], names, count, seed)
    chosen = [one.name for one in drawn.tasks]
    assert len(chosen) == len(set(chosen)) == min(count, 30) and "contradictory" not in chosen
    assert drawn.source == "training" and drawn.solved_before == len(names & set(chosen))
    of_unsolved = len(chosen) - drawn.solved_before
    assert abs(drawn.solved_before - of_unsolved) <= 1 or min(len(names), 30 - len(names)) in (
        drawn.solved_before,
        of_unsolved,
    )


def test_test_tasks_come_first():
    drawn = draw_tasks(NAMED, [EASY, CONTRADICTORY, LONG], {"task 1"}, 24, 0)
    assert (drawn.source, drawn.tasks) == ("test", (EASY, LONG))
    assert len(draw_tasks(NAMED, NAMED, set(), 7, 3).tasks) == 7


@pytest.mark.parametrize(
    "one, other, p_value", [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (5, 0, 0.0625), (7, 2, 0.1796875)]
)
def test_a_split_by_one_proves_nothing(one: int, other: int, p_value: float):
    assert sign_test(one, other) == sign_test(other, one) == pytest.approx(p_value)


def test_a_network_draws_other_samples_and_the_same_ones_for_the_same_drawing():
    from synthesis.recognition.guide import NetworkGuide
    from synthesis.recognition.network import NetworkIdentity, RecognitionNetwork

    language = LIBRARY.language
    contexts = len(Grammar.contexts(language))
    weights = np.tile(LIBRARY.weights, (contexts, 1))
    identity = NetworkIdentity(LIBRARY.content_hash, tuple(language.productions), contexts)
    guide = NetworkGuide(LIBRARY, RecognitionNetwork(identity, weights).eval().to_bytes(), samples=32)
    assert isinstance(guide, SamplingGuide) and not isinstance(PRIOR, SamplingGuide)
    drawn = [{s.program for s in g.guide(LONG).samples} for g in (guide, guide.redrawn(1), guide.redrawn(2))]
    assert drawn[0] != drawn[1] != drawn[2] != drawn[0]
    assert {s.program for s in guide.redrawn(1).guide(LONG).samples} == drawn[1]


def many_abstractions() -> Library:
    """So many that a prompt shows but some of them."""
    bodies = [f"#(lambda (+ $0 {'(+ 1 ' * number}1{')' * number}))" for number in range(1, 60)]
    abstractions = tuple(
        Abstraction(f"add_{i}", body, "int -> int", "A bit more.") for i, body in enumerate(bodies)
    )
    primitives = len(LIBRARY.weights) - 1
    weights = (*[0.0] * primitives, *(-0.1 * i for i in range(len(abstractions))), 0.0)
    return Library("list", abstractions, weights)


LARGE = many_abstractions()
MANY = replace(LONG, examples=tuple(Example(([i],), [i + 1]) for i in range(20)))


@pytest.mark.parametrize("prompts", [Continuations(views=3), Instructions(LARGE)])
def test_a_model_is_asked_again_through_one_client_with_other_prompts(
    serve: Callable[[Answer], Endpoint], prompts: ProgramPrompts
):
    answer: Answer = lambda body: (completion if "prompt" in body else chat)(*["lambda xs: xs"] * body["n"])  # noqa: E731
    endpoint = serve(answer)
    sampler = OpenAISampler(ModelEndpoint(endpoint.url, "m"))
    model = ModelGuide(sampler, LARGE, prompts, Sampling(samples=6))
    assert isinstance(model, SamplingGuide) and not isinstance(MissingGuide("model", ""), SamplingGuide)

    def asked(guide: Guide) -> set[str]:
        before = len(endpoint.bodies)
        assert guide.guide(MANY).requested == 6
        return {json.dumps(body.get("prompt", body.get("messages"))) for body in endpoint.bodies[before:]}

    assert model.redrawn(1).sampler is sampler
    first, again = asked(model), asked(model.redrawn(1))
    assert again != first == asked(model) and again == asked(model.redrawn(1)) != asked(model.redrawn(2))


CONFIG = RunConfig("list", 2, 0.1, workers=1, guides=("prior",), dream_seconds=0.2, control_tasks=4)


def test_a_run_has_controls_after_its_last_iteration_only():
    tasks = [EASY, LONG, HARD, CONTRADICTORY]
    first, last = learn(tasks, CONFIG, MemoryKeeper())
    assert "controls" not in first
    controls = last["controls"]
    assert (controls["source"], len(controls["tasks"]), controls["seconds"]) == ("training", 3, 0.1)
    assert [arm["name"] for arm in controls["arms"]] == ["both", "initial library"]
    (none,) = learn(tasks, replace(CONFIG, iterations=1, control_tasks=0), MemoryKeeper())
    assert "controls" not in none


def test_a_run_with_a_model_says_what_it_is_worth(serve: Callable[[Answer], Endpoint]):
    square = "(x * x + 1) * (x * x + 1) + 1"
    program = f"lambda xs: map(lambda x: ({square}) * ({square}), xs)"
    deep = task("beyond any search", lambda xs: [((x * x + 1) ** 2 + 1) ** 2 for x in xs])
    url = serve(lambda body: chat(*[program] * body["n"])).url
    config = replace(CONFIG, iterations=1, guides=("prior", "model"), model_url=url, model_name="m")
    config = replace(config, model_samples=2, seconds=2.0)
    (report,) = learn([EASY, HARD], config, MemoryKeeper(), test_tasks=[deep])
    arms = by_name(report["controls"])
    assert set(arms) == {"both", "without the model", "enumeration", "samples", "initial library"}
    assert report["controls"]["source"] == "test"
    solved = [arms[name]["solved"] for name in ("both", "samples", "without the model", "enumeration")]
    assert solved == [1, 1, 0, 0]
    assert arms["without the model"]["only_both"] == 1
    assert arms["initial library"]["guides"] == ["prior", "model"]


def test_a_run_that_is_cancelled_in_its_controls_records_no_report():
    class Stopping(MemoryKeeper):
        """Cancelled as soon as its last dream is recorded and the report begins."""

        def attempts(self, iteration: int):  # type: ignore[no-untyped-def]
            if self.dream(CONFIG.iterations) is not None:
                self.cancel()
            return super().attempts(iteration)

    keeper = Stopping()
    reports = list(learn([EASY, HARD], CONFIG, keeper))
    assert len(reports) == 1 and keeper.dream(2) is not None and keeper.report(2) is None


@pytest.mark.parametrize("count", [-1])
def test_a_negative_number_of_tasks_is_refused(count: int):
    with pytest.raises(ValueError, match="control_tasks"):
        replace(CONFIG, control_tasks=count)
