"""Examples for the API's description: a value for every field, and from these one for every shape.

A field's own example, in its schema, comes first. Else its name says what it holds; where one name holds
several things, `Shape.field` does.
"""

from __future__ import annotations

from typing import Any

_PROGRAM = "(lambda (map (lambda (+ $0 $0)) $0))"
_PYTHON = "lambda xs: map(lambda x: x + x, xs)"
_EXAMPLES = [{"inputs": [[1, 2, 3]], "output": [2, 4, 6]}, {"inputs": [[]], "output": []}]
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_ABSTRACTION = "abstraction_0661f0c2b7d3a41c9f2be1"
_LIBRARY = "library_0661f0c2b7d3a41c9f2be2"
_RUN = "run_0661f0c2b7d3a41c9f2be3"
_VERSION = "version_0661f0c2b7d3a41c9f2be6"
_TASK = "task_0661f0c2b7d3a41c9f2be4"

FIELDS: dict[str, Any] = {
    "AbstractionDetail.id": _ABSTRACTION,
    "AbstractionOut.id": _ABSTRACTION,
    "AbstractionRef.id": _ABSTRACTION,
    "AbstractionRef.name": "double",
    "DomainDetail.description": "functions on lists of integers",
    "DomainDetail.name": "list",
    "DomainOut.description": "functions on lists of integers",
    "DreamOut.id": "dream_0661f0c2b7d3a41c9f2be5",
    "GraphEdge.abstraction": _ABSTRACTION,
    "GraphNode.id": _ABSTRACTION,
    "LibraryDetail.id": _LIBRARY,
    "LibraryOut.id": _LIBRARY,
    "ModelDetail.id": _VERSION,
    "ModelOut.id": _VERSION,
    "ModelRef.id": _VERSION,
    "ModelRef.name": "network-3c59dc048e88",
    "PrimitiveOut.name": "map",
    "PrimitiveOut.type": "(t0 -> t1) -> list(t0) -> list(t1)",
    "Retirement.run": _RUN,
    "RollbackOut.id": _VERSION,
    "RunDetail.id": _RUN,
    "RunDetail.tasks": 109,
    "RunOut.id": _RUN,
    "RunOut.tasks": 109,
    "SolveOut.solved": True,
    "TaskDetail.examples": _EXAMPLES,
    "TaskDetail.id": _TASK,
    "TaskOut.id": _TASK,
    "TaskRef.id": _TASK,
    "WeightChange.after": -3.2,
    "WeightChange.before": -4.1,
    "WeightChange.kind": "abstraction",
    "after": _HASH,
    "base": "smollm2-135m",
    "before": _HASH[::-1],
    "before_name": "twice",
    "body": "#(lambda (+ $0 $0))",
    "config": {"domain": "list", "iterations": 3, "seconds": 4.0, "guides": ["prior", "network"]},
    "content_hash": _HASH,
    "cpu_seconds": 0.02,
    "created_at": "2026-05-04T09:30:00Z",
    "data_hash": _HASH,
    "description": "doubles every element",
    "detail": None,
    "doc": "map(f, xs): f of each element",
    "docstring": "Doubles a number.",
    "domain": "list",
    "dreams_kept": 500,
    "dreams_made": {"fantasies": 4000, "replays": 71},
    "error": None,
    "examples": _EXAMPLES,
    "gain": 41.5,
    "guide": "prior",
    "inputs": [[1, 2, 3]],
    "instead": None,
    "iteration": 2,
    "kind": "network",
    "label": None,
    "library": _LIBRARY,
    "log_likelihood": 0.0,
    "log_posterior": -9.3,
    "log_prior": -9.3,
    "metrics": {"steps": 900, "held_out": {"grammar": 14.2}},
    "name": "double each",
    "next": None,
    "number": 3,
    "output": [2, 4, 6],
    "parent": None,
    "part": "abstraction_0661f0c2b7d3a41c9f2be9",
    "phase": "wake",
    "position": 0,
    "problem": None,
    "program": _PROGRAM,
    "programs": 5735,
    "python": _PYTHON,
    "reason": None,
    "redocumented": ["double"],
    "reports": [{"iteration": 1, "solved": 74, "tasks": 109}],
    "request": "list(int) -> list(int)",
    "requests": ["list(int) -> list(int)"],
    "retired_at": None,
    "run": _RUN,
    "saving": -0.8,
    "seconds": 2.0,
    "sha256": _HASH,
    "size": 10,
    "solved": 74,
    "state": "running",
    "successor": None,
    "task": _TASK,
    "tasks": ["double each"],
    "type": "int -> int",
    "uses": 6,
    "weight": -3.2,
}

#: For bodies that are no JSON.
TEXTS = {
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6"/></svg>',
    "text/event-stream": 'id: 7\nevent: phase\ndata: {"iteration": 1, "phase": "wake"}\n\n',
}


class NoExample(LookupError):
    """A field without an example; the message names it."""


def example_of(schema: dict[str, Any], components: dict[str, Any], where: str = "") -> Any:
    """A value that the JSON schema allows. `where`: `Shape.field`. Raises NoExample."""
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if where.count(".") == 1:
        for name in (where, where.partition(".")[2]):
            if name in FIELDS:
                return FIELDS[name]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(components[name], components, name)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return example_of(next(one for one in choices if one.get("type") != "null"), components, where)
    return _by_type(schema, components, where)


def _by_type(schema: dict[str, Any], components: dict[str, Any], where: str) -> Any:
    match schema.get("type"):
        case "object" if "properties" in schema:
            shape = where.rpartition(".")[2]
            return {
                name: example_of(field, components, f"{shape}.{name}")
                for name, field in schema["properties"].items()
            }
        case "array":
            return [example_of(schema.get("items", {}), components, where)]
        case "boolean":
            return False
        case "string" if schema.get("format") == "date-time":
            return FIELDS["created_at"]
        case "string" if "contentMediaType" in schema or schema.get("format") == "binary":
            return "(the file)"
    raise NoExample(f"{where or schema}: give the field an example")
