"""Tasks: a request and the examples that a program must reproduce, read from JSON that people wrote.

A task file is a list of `{"name", "request", "examples": [{"inputs": [...], "output": ...}]}`, or one such
object; "description" and "domain" are optional, and so is "request" where the examples leave no doubt. The
examples of a SyGuS problem (.sl) are a task too.
A tower or a drawing may be given as the "program" that makes it, instead of examples.
Values are integers (64 bits), reals (finite), booleans, texts, and lists of one element type. In Python
`True` is an `int`; here the two are distinct everywhere. An integer that stands for a real is made one.

Whatever is wrong with the input ends as a `TaskError` that names the task and the example and says what to
do. This module knows nothing of programs: it can say that a task contradicts itself, not that it is hard.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine import EngineError, Likelihood, Type
from library.domain import UnknownDomain, get_domain
from library.rendering import example_of
from synthesis.sygus import Problem, SygusError, read_problem
from synthesis.value import (
    MAX_VALUES,
    UNKNOWN,
    Value,
    ValueProblem,
    brief,
    check_value,
    conform,
    join,
    kind_of,
    parse_request,
    scalars,
    type_of,
)

ErrorKind = Literal["malformed", "ragged", "ill-typed", "contradictory", "unknown-domain", "unsupported"]
Source = Path | str | list[Any] | dict[str, Any]

MAX_FILE_BYTES = 64 << 20
MAX_TASKS = 10_000
MAX_EXAMPLES = 1_000
MAX_INPUTS = 8
MAX_NAME = 200  # characters
MAX_DESCRIPTION = 10_000
EXAMPLE_SHAPE = '{"inputs": [...], "output": ...}'


class TaskError(ValueError):
    """Input that is no task. `example` counts from 1, as the message does; None: not about one example."""

    def __init__(self, kind: ErrorKind, detail: str, task: str | None = None, example: int | None = None):
        self.kind: ErrorKind = kind
        self.detail = detail
        self.task = task
        self.example = example
        where = [] if task is None else [f"task {task!r}"]
        where += [] if example is None else [f"example {example}"]
        super().__init__(f"{', '.join(where)}: {detail}" if where else detail)


@dataclass(frozen=True)
class Example:
    inputs: tuple[Value, ...]
    output: Value

    def to_json(self) -> dict[str, Any]:
        return {"inputs": list(self.inputs), "output": self.output}


@dataclass(frozen=True)
class Task:
    """One thing to be programmed. `request` is canonical type text, e.g. `list(int) -> int`."""

    name: str
    request: str
    examples: tuple[Example, ...]
    domain: str
    description: str = ""

    @property
    def inputs(self) -> list[tuple[Value, ...]]:
        return [example.inputs for example in self.examples]

    def to_json(self) -> dict[str, Any]:
        """What `parse_task` reads."""
        return {
            "name": self.name,
            "request": self.request,
            "examples": [example.to_json() for example in self.examples],
            "domain": self.domain,
            "description": self.description,
        }


def load_tasks(source: Source, domain: str) -> list[Task]:
    """All tasks of a file, a folder, JSON text or parsed JSON; raises TaskError at the first bad one."""
    tasks: list[Task] = []
    for task in read_tasks(source, domain):
        if isinstance(task, TaskError):
            raise task
        tasks.append(task)
    return tasks


def read_tasks(source: Source, domain: str) -> list[Task | TaskError]:
    """As `load_tasks`, but a bad task stands in the list as its error, so that the others can be solved.

    Raises TaskError where nothing can be read at all: no such file, not JSON, an unknown domain, no tasks.
    """
    try:
        get_domain(domain)
    except UnknownDomain as error:
        raise TaskError("unknown-domain", str(error)) from error
    documents = _documents(source)
    if not documents:
        raise TaskError("malformed", "there are no tasks here: a task file is a list of at least one task")
    if len(documents) > MAX_TASKS:
        raise TaskError("malformed", f"{len(documents)} tasks are more than {MAX_TASKS}: split them")
    results: list[Task | TaskError] = []
    seen: dict[str, Task] = {}
    for position, document in enumerate(documents, start=1):
        try:
            task = parse_task(document, domain, position)
            # The very same task again: collections have some. Whoever sends tasks is told instead.
            if isinstance(source, Path) and seen.get(task.name) == task:
                number = next(
                    number for number in range(2, MAX_TASKS) if f"{task.name} ({number})" not in seen
                )
                task = replace(task, name=f"{task.name} ({number})")
            if task.name in seen:
                raise TaskError("malformed", "another task has the same name; rename one of them", task.name)
            seen[task.name] = task
            results.append(task)
        except TaskError as error:
            results.append(error)
    return results


def parse_task(document: Any, domain: str, position: int = 1) -> Task:
    """One task from parsed JSON, fully checked, contradictions too; raises TaskError.

    `position` names the task in errors for as long as its name isn't known.
    """
    if not isinstance(document, dict):
        raise TaskError("malformed", f"a task is an object, not {kind_of(document)}", f"number {position}")
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        detail = 'it needs a "name", a string that isn\'t empty'
        raise TaskError("malformed", detail, f"number {position}")
    _check_text("name", name, MAX_NAME, name[:MAX_NAME])
    description = document.get("description", "")
    if not isinstance(description, str):
        raise TaskError("malformed", f'"description" is a string, not {kind_of(description)}', name)
    _check_text("description", description, MAX_DESCRIPTION, name)
    own_domain = document.get("domain", domain)
    if own_domain != domain:
        detail = f"it belongs to the domain {brief(own_domain)} and is read as one of {brief(domain)}"
        raise TaskError("malformed", f"{detail}; keep the tasks of a domain in their own file", name)

    if "program" in document and "examples" not in document:
        document = document | {"examples": [_rendered(document, domain, name)]}
    examples = _read_examples(document.get("examples"), name)
    request = document.get("request")
    if request is None:
        arguments, returns = _infer_request(examples, domain, name)
    elif isinstance(request, str):
        try:
            arguments, returns = parse_request(request)
        except ValueProblem as problem:
            raise TaskError(problem.kind, str(problem), name) from problem
        if unknown := _unknown([*arguments, returns], domain):
            raise TaskError("unsupported", unknown, name)
    else:
        detail = f'"request" is a type in a string, such as "list(int) -> int", not {kind_of(request)}'
        raise TaskError("malformed", detail, name)
    examples = _conforming([*arguments, returns], examples, name)

    task = Task(name, " -> ".join([*arguments, returns]), tuple(examples), domain, description)
    pair = _contradicting_pair(task)
    if pair is not None:
        raise TaskError("contradictory", _contradiction_sentence(task, *pair), name, pair[1])
    return task


def _rendered(document: dict[str, Any], domain: str, name: str) -> dict[str, Any]:
    """The example of a task that is given by a program of continuations, which is run."""
    program, request = document["program"], document.get("request")
    if not isinstance(program, str) or not isinstance(request, str):
        raise TaskError(
            "malformed", 'a task given by its "program" has that and its "request" as strings', name
        )
    try:
        return example_of(get_domain(domain).language(), program, request)
    except EngineError as error:
        raise TaskError("malformed", f"its program makes no example: {error}", name) from error


def contradiction(task: Task) -> str | None:
    """A sentence on two examples that no function satisfies, or None.

    They have the same inputs and other outputs, which the domain's likelihood doesn't let pass for each
    other.
    """
    pair = _contradicting_pair(task)
    return None if pair is None else _contradiction_sentence(task, *pair)


def _contradicting_pair(task: Task) -> tuple[int, int] | None:
    likelihood = get_domain(task.domain).likelihood
    returns = Type.parse(task.request).returns
    first_with: dict[str, int] = {}
    for number, example in enumerate(task.examples, start=1):
        first = first_with.setdefault(repr(example.inputs), number)
        one, other = task.examples[first - 1].output, example.output
        if repr(one) == repr(other):
            continue
        if likelihood == Likelihood.exact() or likelihood.score(one, other, returns) == -math.inf:
            return first, number
    return None


def _contradiction_sentence(task: Task, first: int, second: int) -> str:
    one, other = task.examples[first - 1], task.examples[second - 1]
    inputs = ", ".join(brief(value) for value in one.inputs)
    outputs = f"{brief(one.output)} and {brief(other.output)}"
    return f"examples {first} and {second} have the inputs {inputs} but the outputs {outputs}; correct one"


def _documents(source: Source) -> list[Any]:
    """The parsed tasks, unchecked. Text that starts with a bracket is JSON, other text is a path."""
    if isinstance(source, str):
        if source.lstrip("\ufeff \t\r\n")[:1] in ("[", "{"):
            return _as_list(_parse_json(source, "the JSON text"))
        source = Path(source)
    if not isinstance(source, Path):
        return _as_list(source)
    try:
        if source.is_dir():
            paths = sorted(source.glob("*.json")) or sorted(source.glob("*.sl"))
            return [document for path in paths for document in _documents(path)]
        text = _text_of_file(source)
    except FileNotFoundError as error:
        raise TaskError("malformed", f"no such file: {source}") from error
    except UnicodeDecodeError as error:
        raise TaskError("malformed", f"{source} is no UTF-8 text (byte {error.start}); convert it") from error
    except TaskError:
        raise
    except (OSError, ValueError) as error:  # unreadable, or a path that no file can have
        raise TaskError("malformed", f"cannot read {str(source)!r}: {error}") from error
    if source.suffix == ".sl":
        return [problem_of_text(text, source).task_document()]
    return _as_list(_parse_json(text, str(source)))


def read_problem_file(path: Path) -> Problem:
    """The SyGuS problem of a file, named after it; raises TaskError with the file and the line."""
    try:
        return problem_of_text(_text_of_file(path), path)
    except UnicodeDecodeError as error:
        raise TaskError("malformed", f"{path} is no UTF-8 text (byte {error.start}); convert it") from error
    except OSError as error:
        raise TaskError("malformed", f"cannot read {str(path)!r}: {error}") from error


def problem_of_text(text: str, path: Path) -> Problem:
    """The problem that a file's text states; raises TaskError."""
    try:
        return read_problem(text, path.stem)
    except SygusError as error:
        raise TaskError(error.kind, f"{path.name}, {error}", path.stem) from error


def _text_of_file(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise TaskError("malformed", f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB: split it")
    return path.read_text(encoding="utf-8-sig")


def _as_list(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        return [document]
    raise TaskError(
        "malformed", f"a task file is a list of tasks or one task object, not {kind_of(document)}"
    )


def _parse_json(text: str, where: str) -> Any:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise TaskError("malformed", f"{where}: the key {brief(key)} stands twice in one object")
            seen[key] = value
        return seen

    try:
        return json.loads(text.lstrip("\ufeff"), object_pairs_hook=without_duplicates)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise TaskError("malformed", f"{where} is not JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise TaskError("malformed", f"{where} is not usable JSON: it nests too deeply") from error
    except TaskError:
        raise
    except ValueError as error:  # an integer of thousands of digits, which Python refuses to convert
        raise TaskError("malformed", f"{where} holds a number that is far too long for 64 bits") from error


def _check_text(key: str, text: str, limit: int, task: str) -> None:
    if len(text) > limit:
        raise TaskError("malformed", f'its "{key}" has {len(text)} characters; shorten it to {limit}', task)
    # No database stores NUL, and half a surrogate pair can't be encoded; a name also has to fit on one line.
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]" if key == "name" else "[\x00\ud800-\udfff]", text):
        raise TaskError("malformed", f'its "{key}" holds a control character or half a character', task)


def _read_examples(items: Any, task: str) -> list[Example]:
    if items is None:
        raise TaskError("malformed", f'it needs "examples", a list of {EXAMPLE_SHAPE}', task)
    if not isinstance(items, list):
        raise TaskError("malformed", f'"examples" is a list, not {kind_of(items)}', task)
    if not items:
        raise TaskError("malformed", '"examples" is empty; give at least one', task)
    if len(items) > MAX_EXAMPLES:
        raise TaskError("malformed", f"{len(items)} examples are more than {MAX_EXAMPLES}; drop some", task)
    examples: list[Example] = []
    values_left = MAX_VALUES
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise TaskError("malformed", f"it is {kind_of(item)}; write {EXAMPLE_SHAPE}", task, number)
        for key in ("inputs", "output"):
            if key not in item:
                raise TaskError("malformed", f'it has no "{key}"; write {EXAMPLE_SHAPE}', task, number)
        inputs = item["inputs"]
        if not isinstance(inputs, list):
            detail = f'"inputs" is a list of one value an argument, not {kind_of(inputs)}'
            raise TaskError("malformed", detail, task, number)
        if not 1 <= len(inputs) <= MAX_INPUTS:
            detail = f"it has {_inputs(len(inputs))}; a task takes 1 to {MAX_INPUTS}"
            raise TaskError("unsupported", detail, task, number)
        if examples and len(inputs) != len(examples[0].inputs):
            first = _inputs(len(examples[0].inputs))
            detail = (
                f"it has {_inputs(len(inputs))}, example 1 has {first}; give every example the same number"
            )
            raise TaskError("ragged", detail, task, number)
        try:
            for value in (*inputs, item["output"]):
                values_left = check_value(value, values_left)
        except ValueProblem as problem:
            raise TaskError(problem.kind, str(problem), task, number) from problem
        examples.append(Example(tuple(inputs), item["output"]))
    return examples


def _infer_request(examples: list[Example], domain: str, task: str) -> tuple[list[str], str]:
    """Argument types and return type that all examples share."""
    types = [UNKNOWN] * (len(examples[0].inputs) + 1)
    for number, example in enumerate(examples, start=1):
        for place, value in enumerate((*example.inputs, example.output)):
            own = type_of(value)
            joined = join(types[place], own)
            problem = _unknown([own], domain)
            if joined is None:
                problem = f"in the examples before it is {types[place]}"
            if joined is None or problem:
                detail = f"{_place(place, example)} is {brief(value)}, of type {own}; {problem}"
                raise TaskError("ill-typed", detail, task, number)
            types[place] = joined
    for place, found in enumerate(types):
        if UNKNOWN in found:
            detail = f"{_place(place, examples[0])} holds only empty lists, which leaves its type open"
            raise TaskError("malformed", f'{detail}; add a "request", such as "list(int) -> list(int)"', task)
    return types[:-1], types[-1]


def _unknown(types: list[str], domain: str) -> str:
    """A sentence on what these types are made of and the domain doesn't have; "" where it has it all."""
    known = get_domain(domain).scalars
    unknown = sorted(scalars(types) - known - {UNKNOWN})
    made_of = ", ".join(sorted(known))
    return f"the domain {domain!r} has no {' and no '.join(unknown)}, only {made_of}" if unknown else ""


def _conforming(types: list[str], examples: list[Example], task: str) -> list[Example]:
    """The examples with their values as these types have them: integers that stand for reals are reals."""
    if len(types) - 1 != len(examples[0].inputs):
        detail = f"it has {_inputs(len(examples[0].inputs))}, the request takes {len(types) - 1}; correct one"
        raise TaskError("ragged", detail, task, 1)
    conforming: list[Example] = []
    for number, example in enumerate(examples, start=1):
        values: list[Value] = []
        for place, (value, type_) in enumerate(zip((*example.inputs, example.output), types, strict=True)):
            conformed = conform(value, type_)
            if conformed is None:
                found = f"{_place(place, example)} is {brief(value)}, of type {type_of(value)}"
                raise TaskError("ill-typed", f"{found}; the request says {type_}", task, number)
            values.append(conformed)
        conforming.append(replace(example, inputs=tuple(values[:-1]), output=values[-1]))
    return conforming


def _place(place: int, example: Example) -> str:
    return "the output" if place == len(example.inputs) else f"input {place + 1}"


def _inputs(number: int) -> str:
    return f"{number} input{'' if number == 1 else 's'}"
