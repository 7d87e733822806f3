"""What a prompt says about a library: the part of it that suits a task, within a token budget.

The library grows and the prompt doesn't. Primitives that a request can need come first, then the best
abstractions by relevance × weight with the abstractions that they use, then a few more drawn at random in
proportion to the same score, so that none is for ever unseen. How probable it was that each came in is kept
beside the context. Knows nothing of models: a token is taken to be 2.5 characters (SmolLM2's tokenizer made
it 2.8 on such prompts).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine import Term, Type
from engine.python_form import to_python
from library.domain import Primitive, get_domain
from library.snapshot import Abstraction, Library
from prompts import FunctionNote, ProposeProgram, SolvedNote
from synthesis.task import Task

CHARACTERS_PER_TOKEN = 2.5


@dataclass(frozen=True)
class PromptBudget:
    """Token counts; `drawn` abstractions are expected to come in at random, beside the best."""

    library_tokens: int = 1200
    solved_tokens: int = 300
    solved_tasks: int = 3
    task_examples: int = 6
    drawn: int = 2


@dataclass(frozen=True)
class PromptContext:
    """`inclusion`: name of each abstraction in the prompt -> the probability that it came in, 1 for the best.

    The probability of a drawn abstraction is that of its draw; a full budget can still have kept it out.
    """

    context: ProposeProgram
    inclusion: Mapping[str, float]


def prompt_context(
    task: Task,
    library: Library,
    solved: Sequence[tuple[Task, str]] = (),
    budget: PromptBudget | None = None,
    seed: int = 0,
) -> PromptContext:
    """The context for one task. `solved`: tasks with the text of a program; the task itself is left out."""
    budget = budget or PromptBudget()
    domain = get_domain(library.domain)
    request = Type.parse(task.request)
    usable = [p for p in domain.primitives if p.name != "fix1" or library.language.recursive(request)]
    primitives = tuple(map(primitive_note, _reachable(usable, request)))
    left = budget.library_tokens - sum(map(note_token_count, primitives))
    inclusion = _choose(library, request, left, budget.drawn, random.Random(f"{seed}:{task.name}"))
    context = ProposeProgram(
        domain=domain.description,
        request=task.request,
        examples=_examples(task, budget.task_examples),
        primitives=primitives,
        abstractions=tuple(
            abstraction_note(item, library) for item in library.abstractions if item.name in inclusion
        ),
        solved=tuple(_solved_notes(task, library, solved, budget)),
        description=task.description,
    )
    return PromptContext(context, inclusion)


def relevance(of: Type, request: Type) -> float:
    """0 … 1: how much of a function's type the request speaks of; half by its result, half by its
    arguments."""
    known = [part for type_ in (*request.arguments, request.returns) for part in _parts(type_)]

    def share(types: Iterable[Type]) -> float:
        parts = [part for type_ in types for part in _parts(type_)]
        matched = sum(any(_matches(part, other) for other in known) for part in parts)
        return matched / len(parts) if parts else 1.0

    return (share([of.returns]) + share(of.arguments)) / 2


def _parts(type_: Type) -> list[Type]:
    """The type and the types inside it, without arrows."""
    inside = [part for parameter in type_.parameters for part in _parts(parameter)]
    return inside if type_.constructor == "->" else [type_, *inside]


def _is_variable(type_: Type) -> bool:
    return type_.is_polymorphic and not type_.parameters


def _matches(left: Type, right: Type) -> bool:
    """Whether the types agree, a variable agreeing with anything (repeated variables aren't compared)."""
    if _is_variable(left) or _is_variable(right):
        return True
    return left.constructor == right.constructor and all(map(_matches, left.parameters, right.parameters))


def _reachable(primitives: Sequence[Primitive], request: Type) -> list[Primitive]:
    """The primitives whose result something needs, starting from what the request returns."""
    typed = [(primitive, Type.parse(primitive.type)) for primitive in primitives]
    needed = _parts(request.returns)
    while True:
        found = [pair for pair in typed if any(_matches(pair[1].returns, type_) for type_ in needed)]
        parts = {part for _, type_ in found for argument in type_.arguments for part in _parts(argument)}
        more = [part for part in parts if not _is_variable(part) and part not in needed]
        if not more:
            return [primitive for primitive, _ in found]
        needed += more


def _choose(library: Library, request: Type, tokens: int, drawn: int, rng: random.Random) -> dict[str, float]:
    """Names of abstractions for the prompt, with their inclusion probabilities."""
    abstractions = library.abstractions
    position = {abstraction.term: i for i, abstraction in enumerate(abstractions)}
    offset = len(library.weights) - 1 - len(abstractions)
    scores = [
        relevance(Type.parse(abstraction.type), request) * math.exp(library.weights[offset + i])
        for i, abstraction in enumerate(abstractions)
    ]
    needs = [
        {i, *(position[term] for term in abstraction.term.abstractions if term in position)}
        for i, abstraction in enumerate(abstractions)
    ]
    costs = [note_token_count(abstraction_note(abstraction, library)) for abstraction in abstractions]
    ranked = sorted(range(len(abstractions)), key=lambda i: (-scores[i], i))
    chosen: dict[int, float] = {}

    inclusion: dict[int, float] = {}

    def take(i: int, limit: int) -> None:
        wanted = needs[i] | chosen.keys()
        if sum(costs[j] for j in wanted) <= limit:
            for j in wanted - chosen.keys():
                chosen[j] = inclusion.get(j, 1.0)

    for i in ranked:
        take(i, tokens * 3 // 4)  # a quarter is kept for the draws
    rest = [i for i in ranked if i not in chosen]
    total = sum(scores[i] for i in rest)
    # An abstraction comes in when it is drawn, or one that uses it is; the draws are independent.
    probability = {i: min(1.0, drawn * scores[i] / total) if total > 0 else 0.0 for i in rest}
    for i in rest:
        inclusion[i] = 1 - math.prod(1 - probability[j] for j in rest if i in needs[j])
    for i in rest:
        if rng.random() < probability[i]:
            take(i, tokens)
    return {abstractions[i].name: chosen[i] for i in sorted(chosen)}


def primitive_note(primitive: Primitive) -> FunctionNote:
    """Its usage, type and meaning."""
    usage, _, meaning = primitive.doc.partition(": ")
    return FunctionNote(usage, primitive.type, meaning)


def abstraction_note(abstraction: Abstraction, library: Library) -> FunctionNote:
    """Its name, type and docstring, and its body in the Python form."""
    body = to_python(abstraction.term.body, library.surface, abstraction.type)
    return FunctionNote(abstraction.name, abstraction.type, abstraction.docstring, body)


def _solved_notes(
    task: Task, library: Library, solved: Sequence[tuple[Task, str]], budget: PromptBudget
) -> Iterable[SolvedNote]:
    """Solved tasks of the same request first, as many as the budget holds."""
    left = budget.solved_tokens
    others = [(other, program) for other, program in solved if other.name != task.name]
    others.sort(key=lambda pair: pair[0].request != task.request)
    for other, program in others[: budget.solved_tasks]:
        text = to_python(Term.parse(program), library.surface, other.request)
        note = SolvedNote(other.request, _examples(other, 2), text)
        left -= token_count(f"{note.request}{note.examples}{note.program}")
        if left < 0:
            return
        yield note


def _examples(task: Task, count: int) -> tuple[tuple[tuple[object, ...], object], ...]:
    """The examples with the shortest inputs, in the task's order."""
    kept = sorted(range(len(task.examples)), key=lambda i: len(repr(task.examples[i].inputs)))[:count]
    return tuple((task.examples[i].inputs, task.examples[i].output) for i in sorted(kept))


def note_token_count(note: FunctionNote) -> int:
    """Of a function with its definition, as a prompt shows it."""
    definition = f"{note.usage} = {note.body}\n" if note.body else ""
    return token_count(f"{note.usage} : {note.type}  # {note.doc}\n{definition}")


def token_count(text: str) -> int:
    """About how many tokens a model makes of it, rather too many than too few."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
