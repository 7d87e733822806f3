"""Idempotency-Key: a request that is sent again does its work once, and gets the first answer again.

The answer is stored in the transaction that does the work. So either both are there or neither, also after
`kill -9`, and of two that run at the same time one is rolled back (409) and finds the other's answer when it
is tried again. What failed isn't stored: it did nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.api.access import CallerDependency
from app.api.dependencies import DatabaseDependency
from app.db.base import now
from app.db.models import AnswerRow
from app.db.repositories.upsert import insert_once
from app.errors import Conflict, Unprocessable

_KEPT = timedelta(hours=24)
REPLAYED = "Idempotency-Replayed"


class Replay(Exception):
    """The answer is there already."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Once:
    """A request's place among the stored answers; without a key, it has none, and nothing is stored."""

    owner: str = ""
    key: str | None = None
    fingerprint: str = ""

    def keep(self, session: Session, answer: BaseModel, status: int = 201) -> None:
        """Store the answer with the work; at the end of its transaction. Raises Conflict where another
        request with this key was faster: then the work must be rolled back.
        """
        if self.key is None:
            return
        moment = now()
        session.execute(delete(AnswerRow).where(AnswerRow.expires_at < moment))
        row = {
            "owner": self.owner,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "status": status,
            "body": answer.model_dump_json(),
            "created_at": moment,
            "expires_at": moment + _KEPT,
        }
        if not insert_once(session, AnswerRow, row, ("owner", "key")):
            raise Conflict("another request with this Idempotency-Key was just answered: send this one again")


async def once(
    request: Request,
    caller: CallerDependency,
    database: DatabaseDependency,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=r"^[\x21-\x7e]{1,255}$",
            description="A word of your own for this request. Sent again within 24 hours, with the same body,"
            " it does nothing and gets the first answer again.",
            examples=["0b9d6a1c-7d0e-4b1f-9e55-2f6c1f0a7a11"],
        ),
    ] = None,
) -> Once:
    """Raises Replay where the answer is there, and Unprocessable where it is another request's."""
    if idempotency_key is None:
        return Once()
    asked = f"{request.method} {request.url.path}\n".encode()
    fingerprint = hashlib.sha256(asked + await request.body()).hexdigest()
    wanted = Once(caller.key_id or "", idempotency_key, fingerprint)
    row = _stored(database, wanted)
    if row is not None and row.fingerprint != fingerprint:
        raise Unprocessable("this Idempotency-Key was used for another request: take a new one for this one")
    if row is not None:
        raise Replay(row.status, row.body)
    return wanted


OnceDependency = Annotated[Once, Depends(once)]


def install_idempotency(app: FastAPI) -> None:
    app.add_exception_handler(Replay, _replay)  # type: ignore[arg-type]


async def _replay(_request: Request, stored: Replay) -> Response:
    return Response(stored.body, stored.status, {REPLAYED: "true"}, "application/json")


def _stored(database: DatabaseDependency, wanted: Once) -> AnswerRow | None:
    with database.read() as session:
        query = select(AnswerRow).where(AnswerRow.owner == wanted.owner, AnswerRow.key == wanted.key)
        return session.scalar(query.where(AnswerRow.expires_at >= now()))
