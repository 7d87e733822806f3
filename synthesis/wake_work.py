"""What attempting tasks of one wake takes, as one value that can be sent to another process.

It holds plain data: the guides are built from it where they are wanted, once in each process. It knows
nothing of who does the work, or of where attempts are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from engine import Cancellation, Grammar
from library.snapshot import Library
from synthesis.deduction import deduction_guides
from synthesis.frontier import Frontier
from synthesis.guide import Guide
from synthesis.keeper import RunConfig
from synthesis.prior import FittedPrior, primitives_prior
from synthesis.report import Adapter, Attempt, Dream
from synthesis.run_guides import model_guide, network_guide
from synthesis.task import Task
from synthesis.wake import WakeBudget, wake

RESEARCH_SHARE = 0.1
"""Of a task's seconds, what is spent on one that is solved already, to find a likelier program."""


@dataclass(frozen=True)
class WakeWork:
    """`dream`: of iteration `dreamt`, which the guides are from. `examples`: tasks with a program each, for
    prompts. `adapter`: the language model's version in use. `solved`: names of tasks whose search is short.
    `frontiers`: of the tasks, for the primitives' own prior.
    """

    iteration: int
    config: RunConfig
    model_key: str
    library: Library
    dreamt: int
    dream: Dream
    examples: tuple[tuple[Task, str], ...] = ()
    adapter: Adapter | None = None
    solved: frozenset[str] = frozenset()
    frontiers: tuple[Frontier, ...] = ()

    def __call__(self, task: Task, cancellation: Cancellation) -> Attempt:
        """One attempt. Called from threads side by side: whoever shares it between them builds the guides
        before."""
        budget = WakeBudget(self.config.seconds)
        if task.name in self.solved:
            budget = replace(budget, seconds=RESEARCH_SHARE * budget.seconds)
        return wake(task, self.library, self.guides, budget, self.iteration, cancellation)

    @cached_property
    def guides(self) -> list[Guide]:
        """The guides that the dream left, cheapest first."""
        guides = deduction_guides(self.library)
        config, library, prior = self.config, self.library, np.array(self.dream.prior_weights)
        if "prior" in config.guides:
            guides.append(FittedPrior(Grammar(library.language, prior)))
            primitives = primitives_prior(library, self.frontiers)
            guides += [primitives] if primitives else []
        if "network" in config.guides:
            guides.append(network_guide(self.dream, library, config.seed + self.dreamt))
        if "model" in config.guides:
            guides.append(model_guide(config, self.model_key, library, self.examples, self.adapter, prior))
        return guides

    def __getstate__(self) -> dict[str, Any]:
        """What is sent: neither guides nor what the engine made of the library."""
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        return state | {"library": self.library.to_json()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"library": Library.from_json(state["library"])})
