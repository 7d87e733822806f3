"""The abstractions of a typed corpus that lower its description length, as DreamCoder's compression does.

The corpus says its settings and its language. Its own abstractions stay: they are part of what was asked.
Programs are measured in their η-long form, and what was found is then put to use in the programs as given.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import AbstractionCorpus, Language, Term
from library.abstraction_sleep import CompressionConfig, Sleep, State, distinct
from library.corpus import Corpus
from library.corpus_compression import Budget, CorpusAbstraction, CorpusCompression, CorpusConfig, body_cost
from library.description import Frontier
from library.refactoring import arity, leaves, lowered, substitute
from library.stitch_form import cost


@dataclass(frozen=True)
class LikelihoodCompression:
    """``nats``: the description length of library and frontiers, before and after."""

    found: CorpusCompression
    nats_before: float
    nats_after: float


def compress_by_likelihood(corpus: Corpus, config: CorpusConfig) -> LikelihoodCompression:
    """Up to ``iterations`` abstractions, each the one that lowers the total most of those proposed.

    Tasks without a program that the language derives have no part in the measure. Raises EngineError for
    settings out of range, ValueError for an untyped corpus.
    """
    budget = Budget(config.seconds)
    sleep, before = sleep_of(corpus, config)
    after = sleep.run(before, lambda: budget.spent)
    return LikelihoodCompression(
        _put_to_use(corpus, after, config, not budget.spent), before.nats, after.nats
    )


def sleep_of(corpus: Corpus, config: CorpusConfig) -> tuple[Sleep[Term], State[Term]]:
    """A sleep with the corpus' settings, and where it starts."""
    settings = corpus.settings
    if settings is None:
        raise ValueError("only a typed corpus has likelihoods")
    compression = CompressionConfig(
        inversion_steps=config.inversion_steps,
        max_arity=config.max_arity,
        max_abstractions=config.iterations,
        min_tasks=config.min_tasks,
        programs_per_task=settings.top_k,
        structure_penalty=settings.structure_penalty,
        aic=settings.aic,
        pseudocounts=settings.pseudocounts,
        retire_known=False,
    )

    def language_of(abstractions: tuple[Term, ...]) -> Language:
        return Language(list(corpus.primitives), list(abstractions))

    sleep: Sleep[Term] = Sleep(language_of, compression)
    frontiers = [
        distinct(Frontier(str(number), task.request, task.eta_long, task.log_likelihoods))
        for number, task in enumerate(corpus.tasks)
        if task.request is not None
    ]
    state = sleep.measured(corpus.abstractions, corpus.abstractions, frontiers)
    derived = [
        frontier
        for frontier, priors in zip(frontiers, state.description.described.log_priors, strict=True)
        if any(prior > float("-inf") for prior in priors)
    ]
    if len(derived) < len(frontiers):
        state = sleep.measured(corpus.abstractions, corpus.abstractions, derived)
    return sleep, state


def _put_to_use(
    corpus: Corpus, state: State[Term], config: CorpusConfig, complete: bool
) -> CorpusCompression:
    """The programs as given, rewritten with what is new.

    Where the most probable form spells out to the very program that was given, it is the one; else, where
    η stands between them, the shortest.
    """
    shortest = AbstractionCorpus(corpus.programs)
    before = shortest.total_cost
    shorter: dict[Term, Term] = {}
    found: list[tuple[Term, int, int]] = []
    for saturated, origin in zip(state.terms, state.origins, strict=True):
        if origin is not None:
            continue
        body = substitute(saturated.body, shorter.get)
        term = shorter[saturated] = Term.abstraction(_without_last(body, config.max_arity))
        if term == saturated:
            del shorter[saturated]
        count = min(arity(term), config.max_arity)
        [use] = shortest.uses_of([(term, count)], config.close_uses)
        found.append((term, count, use.saving - body_cost(term.body, count)))
        shortest.rewrite(term, count, config.close_uses)
    new = {term for term, _, _ in found}
    probable = {
        _spelled_out(written, new): written
        for frontier in state.frontiers
        for written in (substitute(term, shorter.get) for term in frontier.terms)
    }
    tasks = [
        [
            probable.get(given.beta_normal(inline=False), shorter_form)
            for given, shorter_form in zip(task.programs, shorter_forms, strict=True)
        ]
        for task, shorter_forms in zip(corpus.tasks, shortest.programs(), strict=True)
    ]
    used = [
        leaf
        for programs in (*tasks, [term.body for term in new])
        for each in programs
        for leaf in leaves(each)
    ]
    return CorpusCompression(
        tuple(CorpusAbstraction(term.body, count, saved, used.count(term)) for term, count, saved in found),
        tasks,
        before,
        sum(cost(program) for programs in tasks for program in programs),
        complete,
    )


def _spelled_out(program: Term, new: set[Term]) -> Term:
    return substitute(program, lambda used: used.body if used in new else None).beta_normal(inline=False)


def _without_last(body: Term, max_arity: int) -> Term:
    """Without parameters beyond ``max_arity`` that are only passed on: a function that the body returns takes
    them as well.
    """
    parameters = arity(Term.abstraction(body))
    inner = body
    for _ in range(parameters):
        inner = inner.body
    while parameters > max_arity and inner.kind == "application" and inner.argument == Term.index_of(0):
        function = lowered(inner.function)
        if function is None:
            break
        inner, parameters = function, parameters - 1
    for _ in range(parameters):
        inner = Term.lambda_(inner)
    return inner
