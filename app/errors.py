"""One family of errors, each with its HTTP status: what a caller may be told, as an RFC 9457 problem.

The API renders them in app/api/problems.py; the command line prints the detail and leaves with code 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from library.domain import UnknownDomain
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

    def document(self, instance: str) -> dict[str, Any]:
        """The problem as RFC 9457 has it; `instance` is the path that was asked for."""
        return {
            "type": f"urn:wakesleep:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **self.extra,
        }


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

    @classmethod
    def of(cls, errors: Iterable[Mapping[str, Any]], root: str = "") -> Unprocessable:
        """What pydantic found, below `root`: where, and without repeating what was said: that may be no
        JSON at all."""
        found = [
            {"pointer": root + "".join(f"/{part}" for part in entry["loc"]), "detail": entry["msg"]}
            for entry in errors
        ][:20]
        return cls("; ".join(f"{entry['pointer']}: {entry['detail']}" for entry in found[:3]), errors=found)


class InvalidTask(ServiceError):
    """A task that can't be learned from; carries the task's name and the example's number where known."""

    status = 422
    kind = "invalid-task"
    title = "The task can't be used"

    @classmethod
    def of(cls, error: TaskError) -> InvalidTask:
        return cls(error.detail or str(error), task=error.task, example=error.example, reason=error.kind)


class Internal(ServiceError):
    status = 500
    kind = "internal"
    title = "We have a bug"


class Unauthorized(ServiceError):
    status = 401
    kind = "unauthorized"
    title = "A key is needed"


class Forbidden(ServiceError):
    status = 403
    kind = "forbidden"
    title = "That isn't allowed"


class TooManyRequests(ServiceError):
    """`retry_after`: seconds until one more is taken."""

    status = 429
    kind = "too-many-requests"
    title = "Too many requests"


class Unavailable(ServiceError):
    status = 503
    kind = "unavailable"
    title = "Not now"


def of_task(error: TaskError | UnknownDomain) -> ServiceError:
    """What is wrong with a task, as a caller is told."""
    return InvalidTask.of(error) if isinstance(error, TaskError) else Unprocessable(str(error))
