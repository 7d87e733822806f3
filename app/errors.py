"""One family of errors, each with its HTTP status: what a caller may be told, as an RFC 9457 problem.

The API renders them in app/api/problems.py; the command line prints the detail and leaves with code 2.
"""

from __future__ import annotations

from typing import Any, ClassVar

from synthesis.task import TaskError


class ServiceError(Exception):
    """Something the caller can act on. `kind` names it, `detail` says what is wrong and what to do."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request can't be served"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = {key: value for key, value in extra.items() if value is not None}


class MalformedBody(ServiceError):
    status = 400
    kind = "malformed-body"
    title = "The body is no JSON that we accept"


class NotFound(ServiceError):
    status = 404
    kind = "not-found"
    title = "There is no such thing"


class Conflict(ServiceError):
    status = 409
    kind = "conflict"
    title = "It clashes with what is already there"


class Unprocessable(ServiceError):
    status = 422
    kind = "invalid-request"
    title = "The request has values that can't be used"


class InvalidTask(ServiceError):
    """A task that can't be learned from; carries the task's name and the example's number where known."""

    status = 422
    kind = "invalid-task"
    title = "The task can't be used"

    @classmethod
    def of(cls, error: TaskError) -> InvalidTask:
        return cls(error.detail or str(error), task=error.task, example=error.example, reason=error.kind)


class Unavailable(ServiceError):
    status = 503
    kind = "unavailable"
    title = "Not now"
