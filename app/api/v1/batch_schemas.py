"""Files and batches in the shapes of OpenAI's Batch API, so that its clients work unchanged. Times are
seconds since 1970."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

FILE_EXAMPLE: dict[str, Any] = {
    "id": "file_0660f8bad05a0de027b04a",
    "object": "file",
    "bytes": 5120,
    "created_at": 1795748400,
    "expires_at": None,
    "filename": "tasks.jsonl",
    "purpose": "batch",
    "status": "processed",
}

BATCH_EXAMPLE: dict[str, Any] = {
    "id": "batch_0660f8bad05a0de027b04a",
    "object": "batch",
    "endpoint": "/v1/tasks/solve",
    "errors": None,
    "input_file_id": "file_0660f8bad05a0de027b04a",
    "completion_window": "24h",
    "status": "completed",
    "output_file_id": "file_0660f8bad05b1ee138c15b",
    "error_file_id": None,
    "created_at": 1795748400,
    "in_progress_at": 1795748401,
    "expires_at": 1795834800,
    "finalizing_at": 1795748460,
    "completed_at": 1795748461,
    "failed_at": None,
    "expired_at": None,
    "cancelling_at": None,
    "cancelled_at": None,
    "request_counts": {"total": 20, "completed": 20, "failed": 0},
    "metadata": {"project": "spring"},
}


def _page(item: dict[str, Any]) -> JsonDict:
    return {
        "object": "list",
        "data": [item],
        "first_id": item["id"],
        "last_id": item["id"],
        "has_more": False,
    }


class FileObject(BaseModel):
    """A stored file."""

    model_config = ConfigDict(json_schema_extra={"examples": [FILE_EXAMPLE]})

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None = None
    filename: str
    purpose: str = Field(description="`batch` for what was uploaded, `batch_output` for what a batch made.")
    status: Literal["processed"] = "processed"


class FilesOut(BaseModel):
    """A page of files; `last_id` is the next page's `after`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_page(FILE_EXAMPLE)]})

    object: Literal["list"] = "list"
    data: list[FileObject]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool


class FileDeleted(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": FILE_EXAMPLE["id"], "object": "file", "deleted": True}]}
    )

    id: str
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


class OutputExpiresAfter(BaseModel):
    """How long a batch's output and error files are kept."""

    model_config = ConfigDict(extra="forbid")

    anchor: Literal["created_at"]
    seconds: int = Field(ge=3600, le=2_592_000)


Label = Annotated[str, Field(min_length=1, max_length=64)]


class BatchIn(BaseModel):
    """A batch to be worked on: a file that was uploaded with the purpose `batch`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "input_file_id": FILE_EXAMPLE["id"],
                    "endpoint": "/v1/tasks/solve",
                    "completion_window": "24h",
                    "metadata": {"project": "spring"},
                }
            ]
        },
    )

    input_file_id: str = Field(max_length=64)
    endpoint: Literal["/v1/tasks/solve"] = Field(description="What every line of the file asks for.")
    completion_window: str = Field(
        "24h", pattern="^[1-9][0-9]{0,2}h$", description="Whole hours; what isn't done then, expires."
    )
    metadata: dict[Label, Annotated[str, Field(max_length=512)]] | None = Field(None, max_length=16)
    output_expires_after: OutputExpiresAfter | None = None


class BatchError(BaseModel):
    """What is wrong with the input file, and in which line of it."""

    code: str = Field(examples=["duplicate_custom_id"])
    message: str
    param: str | None = Field(None, examples=["custom_id"])
    line: int | None = Field(None, examples=[17])


class BatchErrors(BaseModel):
    object: Literal["list"] = "list"
    data: list[BatchError]


class RequestCounts(BaseModel):
    total: int
    completed: int
    failed: int


class BatchOut(BaseModel):
    """A batch. `errors` are those of a file that couldn't be worked on; requests that failed are in the error
    file."""

    model_config = ConfigDict(json_schema_extra={"examples": [BATCH_EXAMPLE]})

    id: str
    object: Literal["batch"] = "batch"
    endpoint: str
    errors: BatchErrors | None = None
    input_file_id: str
    completion_window: str
    status: str = Field(
        description="validating, in_progress, finalizing, completed, failed, expired, cancelling or cancelled"
    )
    output_file_id: str | None = None
    error_file_id: str | None = None
    created_at: int
    in_progress_at: int | None = None
    expires_at: int
    finalizing_at: int | None = None
    completed_at: int | None = None
    failed_at: int | None = None
    expired_at: int | None = None
    cancelling_at: int | None = None
    cancelled_at: int | None = None
    request_counts: RequestCounts
    metadata: dict[str, str] | None = None


class BatchesOut(BaseModel):
    """A page of batches; `last_id` is the next page's `after`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_page(BATCH_EXAMPLE)]})

    object: Literal["list"] = "list"
    data: list[BatchOut]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool
