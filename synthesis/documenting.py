"""Names and docstrings of new abstractions, proposed by a language model and checked here.

A model is asked about each abstraction that a sleep added, in order, so that what builds on another is shown
by its new name. Nothing in a reply is taken on trust: a name becomes an identifier that is free; examples are
read in the Python form of programs, run in the engine, and kept where they are true, in our own spelling; a
sentence is cut to one plain line that claims no values. A model of whose examples not one is true has
misread the function, and a wrong explanation is worse than none: then the composed name and docstring stay,
as they do wherever no usable reply arrives. A sleep never fails of this.
"""

from __future__ import annotations

import builtins
import json
import keyword
import logging
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice

from engine import EngineError, Failure, Language, Limits, Term
from engine.python_form import Surface, from_python, to_python
from library.compression import CompressionResult
from library.domain import get_domain
from library.naming import document, document_as, monomorphic
from library.snapshot import Abstraction, Library, surface_of
from prompts import AbstractionDocs, Message, render_document_abstraction
from synthesis.abstraction_context import abstraction_context
from synthesis.guide import GuideUnavailable
from synthesis.prompt_context import PromptBudget
from synthesis.samplers import Draw, RequestRefused, Sampler
from synthesis.task import Task

MIN_NAME, MAX_NAME = 3, 40  # characters, as are the next four
MAX_SENTENCE = 200
MAX_EXAMPLE = 200
_MAX_REPLY = 20_000
_MAX_TEXT = 2_000  # of a docstring, before it is cleaned
_EXAMPLES_READ = 8
_EXAMPLES_KEPT = 2
_JSON_PLACES = 20
"""Where in a reply its object may begin."""
_REPLY_TOKENS = 300

_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]*>")
_LEAD = re.compile(
    r"\W*(?:\b(?:e\.g|i\.e|for example|for instance|examples?|such as|so)\b\W*)*$", re.IGNORECASE
)
"""What leads up to an example."""

_log = logging.getLogger(__name__)


def document_added(
    result: CompressionResult,
    tasks: Sequence[Task],
    sampler: Sampler,
    budget: PromptBudget | None = None,
) -> CompressionResult:
    """The result with the names and docstrings that a model gives the abstractions it added.

    Abstractions known from before keep theirs. Programs carry abstractions by body, so none changes.
    """
    by_name = {task.name: task for task in tasks}
    programs = {frontier.task: frontier.programs[0][0] for frontier in result.frontiers if frontier.programs}
    retired = {abstraction.name for abstraction in result.retired}
    asker = _Asker(sampler)
    library = result.library
    renamed: dict[str, str] = {}
    documented: set[Term] = set()
    for added in result.added:
        context = abstraction_context(added, library, by_name, programs, budget)
        try:
            text = asker.ask(render_document_abstraction(context))
        except GuideUnavailable as error:
            _log.warning("new abstractions keep their composed names: %s", error)
            break
        docs = read_reply(text)
        new = None if docs is None else checked(docs, added, library, retired)
        if new is None:
            why = "can't be read" if docs is None else "has no true example, or says nothing"
            _log.warning("%s keeps its composed name: the model's reply %s", added.name, why)
            continue
        renamed[added.name] = new.name
        documented.add(new.term)
        library = _with(library, new)
    if not documented:
        return result
    added_terms = {abstraction.term for abstraction in result.added}
    for abstraction in library.abstractions:
        composed = abstraction.term in added_terms - documented
        if composed and documented & set(abstraction.term.abstractions):  # it spells their old names
            text = document(abstraction, library.language, library.surface)
            library = _with(library, replace(abstraction, docstring=text))
    return replace(
        result,
        library=library,
        added=tuple(a for a in library.abstractions if a.term in added_terms),
        tasks_using={renamed.get(name, name): tasks for name, tasks in result.tasks_using.items()},
        gains={renamed.get(name, name): nats for name, nats in result.gains.items()},
    )


class _Asker:
    """Asks with a schema, and without one where the server has no use for it."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.schema: dict[str, object] | None = AbstractionDocs.model_json_schema()

    def ask(self, messages: list[Message]) -> str:
        """Raises GuideUnavailable."""
        try:
            return self._once(messages)
        except RequestRefused:
            if self.schema is None:
                raise
            self.schema = None
            return self._once(messages)

    def _once(self, messages: list[Message]) -> str:
        draw = Draw(count=1, max_tokens=_REPLY_TOKENS, temperature=0.0, schema=self.schema)
        [reply, *_] = self.sampler.sample(messages, draw)
        return reply.text


def read_reply(text: str) -> AbstractionDocs | None:
    """The object in a reply, whatever stands around it; None where there is none of this shape."""
    text, decoder = text[:_MAX_REPLY], json.JSONDecoder()
    for start in islice(re.finditer(r"\{", text), _JSON_PLACES):
        try:
            return AbstractionDocs.model_validate(decoder.raw_decode(text, start.start())[0])
        except (ValueError, RecursionError):  # no JSON, or of another shape
            continue
    return None


def checked(
    docs: AbstractionDocs, abstraction: Abstraction, library: Library, retired: Collection[str] = ()
) -> Abstraction | None:
    """The abstraction with what the model proposed, as far as it holds; None where not one example is true,
    or the docstring says nothing.

    `retired`: names that the library no longer has and that are not given again.
    """
    taken = {other.name for other in library.abstractions if other != abstraction} | set(retired)
    name = _free_name(docs.name, taken, library) or abstraction.name
    named = replace(abstraction, name=name)
    spellings = (docs.name.strip(), abstraction.name, name)
    sentence = one_sentence(docs.docstring, spellings)
    examples = list(_true_examples(docs.examples, spellings, named, library))
    if not sentence or not examples:
        return None
    return replace(named, docstring=document_as(named, sentence, examples[:_EXAMPLES_KEPT]))


def _free_name(proposed: str, taken: Collection[str], library: Library) -> str | None:
    """A readable identifier made of the proposal, numbered where it is taken, by Python itself too; None
    where nothing of it can be used.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", proposed[:200])
    base = re.sub(r"[^a-z0-9]+", "_", spaced.lower())[:MAX_NAME].strip("_")
    if len(base) < MIN_NAME or base[0].isdigit():
        return None
    primitives = surface_of(get_domain(library.domain)).functions
    for number in count(1):
        name = base if number == 1 else f"{base}_v{number}"
        if not (name in taken or name in primitives or keyword.iskeyword(name) or hasattr(builtins, name)):
            return name
    raise AssertionError("unreachable: count() does not end")


def one_sentence(text: str, spellings: Sequence[str]) -> str:
    """Plain text on one line with a full stop at its end. It ends before a call of the function with values:
    that is an example, and this one wasn't run. Empty where nothing is left.
    """
    text = _MARKUP.sub(" ", text[:_MAX_TEXT])
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    names = "|".join(re.escape(name) for name in spellings if name)
    example = re.search(rf">>>|(?<!\w)(?:{names})\s*\([^)]*(?:[\[\d]|True|False)", text)
    if example:
        text = _LEAD.sub("", text[: example.start()])
    text = " ".join(text.split())
    if len(text) > MAX_SENTENCE:
        text = text[:MAX_SENTENCE].rsplit(" ", 1)[0] + " ..."
    if not re.search(r"[^\W\d_]", text):
        return ""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _true_examples(
    texts: Sequence[str], spellings: Sequence[str], named: Abstraction, library: Library
) -> Iterator[str]:
    """Those of the texts that are calls of the abstraction with their true value, in our spelling, each once.

    They are read with the functions that were there before the abstraction, and with it.
    """
    position = [other.term for other in library.abstractions].index(named.term)
    surface = surface_of(get_domain(library.domain), (*library.abstractions[:position], named))
    seen: set[str] = set()
    for text in texts[:_EXAMPLES_READ]:
        example = _true_example(text, spellings, named, library.language, surface)
        if example is not None and example not in seen:
            seen.add(example)
            yield example


def _true_example(
    text: str, spellings: Sequence[str], named: Abstraction, language: Language, surface: Surface
) -> str | None:
    if len(text) > MAX_EXAMPLE:
        return None
    call, _, value = text.rpartition("==")
    call = call.strip()
    for spelling in spellings:  # the name may have had to change
        rest = call.removeprefix(spelling)
        if spelling and rest != call and (not rest or rest.lstrip().startswith("(")):
            call = named.name + rest
            break
    try:
        term, claimed = from_python(call, surface), from_python(value, surface)
        if _head(term) != named.term or named.term in claimed.abstractions:
            return None
        type = monomorphic(language.infer(term))
        found, wanted = (
            language.evaluate(language.eta_long(part, type), type, [()], Limits())[0]
            for part in (term, claimed)
        )
        if isinstance(found, Failure) or isinstance(wanted, Failure) or found != wanted:
            return None
        example = f"{to_python(term, surface)} == {found!r}"
    except EngineError:
        return None
    return example if len(example) <= MAX_EXAMPLE else None


def _head(term: Term) -> Term:
    while term.kind == "application":
        term = term.function
    return term


def _with(library: Library, changed: Abstraction) -> Library:
    """The library with this abstraction in place of the one of the same body."""
    abstractions = tuple(changed if a.term == changed.term else a for a in library.abstractions)
    return replace(library, abstractions=abstractions)
