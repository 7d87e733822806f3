"""The two ways to ask a language model for a task's program, and what is to be remembered of each prompt."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine import Term
from library.domain import get_domain
from library.snapshot import Library
from prompts import (
    CONTINUE_PROGRAM_VERSION,
    PROPOSE_PROGRAM_VERSION,
    render_propose_program,
)
from synthesis.prompt_context import PromptBudget, prompt_context
from synthesis.samplers import Prompt
from synthesis.task import Task
from synthesis.tuning.lessons import task_prompt


@dataclass(frozen=True)
class Asked:
    """The prompts for one task, of which each gets a share of the samples.

    `functions`: those that replies may use, None for the whole library. `record`: JSON, kept with the
    attempt.
    """

    prompts: tuple[Prompt, ...]
    functions: Collection[Term] | None
    record: Mapping[str, Any]


class ProgramPrompts(Protocol):
    def ask(self, task: Task) -> Asked: ...

    def redrawn(self, draw: int) -> ProgramPrompts:
        """The same with other chance choices; a number always gives the same ones."""
        ...


class Instructions:
    """For a model that knows Python and not the library: all that it needs is in the prompt, as a chat.

    `solved`: tasks with the text of a program that solves them, to be shown as examples. `seed`: of the
    abstractions that are drawn.
    """

    def __init__(
        self,
        library: Library,
        solved: Sequence[tuple[Task, str]] = (),
        budget: PromptBudget | None = None,
        seed: int = 0,
    ) -> None:
        self.library, self.solved, self.budget, self.seed = library, tuple(solved), budget, seed

    def ask(self, task: Task) -> Asked:
        shown = prompt_context(task, self.library, self.solved, self.budget, self.seed)
        functions = {
            Term.primitive(primitive.name) for primitive in get_domain(self.library.domain).primitives
        }
        functions |= {item.term for item in self.library.abstractions if item.name in shown.inclusion}
        record = {
            "form": "instructions",
            "version": PROPOSE_PROGRAM_VERSION,
            "inclusion": dict(shown.inclusion),
        }
        return Asked((render_propose_program(shown.context),), functions, record)

    def redrawn(self, draw: int) -> Instructions:
        return Instructions(self.library, self.solved, self.budget, self.seed + draw)


class Continuations:
    """For a model that was tuned on the library's dreams: examples only, and different ones in each of
    `views` prompts, because what a model makes of a task hangs on the examples that it sees."""

    def __init__(self, views: int = 2, seed: int = 0) -> None:
        self.views, self.seed = views, seed

    def ask(self, task: Task) -> Asked:
        rng = random.Random(f"{self.seed}:{task.name}")
        examples = [(example.inputs, example.output) for example in task.examples]
        prompts = dict.fromkeys(task_prompt(task.request, examples, rng) for _ in range(self.views))
        record = {"form": "continuation", "version": CONTINUE_PROGRAM_VERSION, "inclusion": {}}
        return Asked(tuple(prompts), None, record)

    def redrawn(self, draw: int) -> Continuations:
        return Continuations(self.views, self.seed + draw)
