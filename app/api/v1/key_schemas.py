"""The shapes of keys and of the audit log."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.access import Scope


class KeyIn(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "nightly batches", "scope": "submit"}]}
    )

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+$",
        description="Whose it is or what for.",
        examples=["nightly batches"],
    )
    scope: Scope = Field(description="What it may do; admin may submit, and submit may read.")


class KeyOut(BaseModel):
    """A key, without its secret, which is nowhere kept."""

    id: str = Field(examples=["key_0661f0c2b7d3a41c9f2be7"])
    name: str = Field(examples=["nightly batches"])
    scope: Scope = Field(examples=["submit"])
    prefix: str = Field(description="What it begins with.", examples=["ws_1f0c2b7d3a41"])
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None


class KeyMade(KeyOut):
    key: str = Field(
        description="The key itself. It is shown here and never again.",
        examples=["ws_1f0c2b7d3a41_THIS-IS-AN-EXAMPLE-AND-OPENS-NO-DOOR-AT-ALL"],
    )


class KeysOut(BaseModel):
    """A page: `next` is the cursor of the following one, none on the last."""

    items: list[KeyOut]
    next: str | None = None


class AuditOut(BaseModel):
    """Something that only an administrator may do, and who did it."""

    id: str = Field(examples=["audit_0661f0c2b7d3a41c9f2be8"])
    at: datetime
    actor: str = Field(
        description="The key's name; `anyone` while there was none, or `command line`.",
        examples=["operations"],
    )
    key: str | None = Field(
        description="The key's id, where there was one.", examples=["key_0661f0c2b7d3a41c9f2be7"]
    )
    action: str = Field(
        description="key.created, key.revoked, model.promoted or model.rolled_back", examples=["key.created"]
    )
    subject: str = Field(
        description="The id of what it was done to.", examples=["key_0661f0c2b7d3a41c9f2be9"]
    )
    detail: dict[str, JsonValue] = Field(examples=[{"name": "nightly batches", "scope": "submit"}])
    request_id: str | None = Field(examples=["5b1f0c2b7d3a41c9"])


class AuditsOut(BaseModel):
    """A page: `next` is the cursor of the following one, none on the last."""

    items: list[AuditOut]
    next: str | None = None
