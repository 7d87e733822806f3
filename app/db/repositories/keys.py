"""Keys and the sessions that were opened with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.access import Caller, NewKey, Scope, digest_of, is_secret, new_key, new_token, prefix_of
from app.db.base import now
from app.db.models import KeyRow, SessionRow
from app.errors import Conflict, NotFound

#: How exactly a key's last use is kept: a write per request would be one too many.
_USED = timedelta(minutes=1)
_SESSION = timedelta(hours=12)
_NOBODY = digest_of("nobody's key")


@dataclass(frozen=True)
class Found:
    """The key behind a credential; `stale`: its last use is to be noted."""

    key: KeyRow
    stale: bool

    def caller(self, session: str | None = None) -> Caller:
        return Caller(self.key.name, Scope(self.key.scope), self.key.id, session)


class KeyRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, name: str, scope: Scope) -> tuple[KeyRow, NewKey]:
        """A new key, and its text, which is nowhere kept."""
        new = new_key()
        row = KeyRow(name=name, scope=scope.value, prefix=new.prefix, digest=new.digest)
        self.session.add(row)
        self.session.flush()
        return row, new

    def any(self) -> bool:
        """Whether there ever was a key: from the first one on, nothing is open, not even with all revoked."""
        return bool(self.session.scalar(select(exists().select_from(KeyRow))))

    def get(self, key_id: str) -> KeyRow:
        """Raises NotFound."""
        row = self.session.get(KeyRow, key_id)
        if row is None:
            raise NotFound(f"there is no key {key_id!r}")
        return row

    def find(self, reference: str) -> KeyRow:
        """By id, or by prefix with `ws_` or without. Raises NotFound."""
        prefix = reference.removeprefix("ws_")
        row = self.session.scalar(select(KeyRow).where((KeyRow.prefix == prefix) | (KeyRow.id == reference)))
        if row is None:
            raise NotFound(f"there is no key {reference!r}: `wakesleep keys list` has their ids and prefixes")
        return row

    def page(self, limit: int, after: str | None = None) -> list[KeyRow]:
        """Up to `limit` keys made after the one with id `after`, oldest first, revoked ones too."""
        query = select(KeyRow).order_by(KeyRow.id).limit(limit)
        return list(self.session.scalars(query if after is None else query.where(KeyRow.id > after)))

    def newest(self, limit: int) -> list[KeyRow]:
        return list(self.session.scalars(select(KeyRow).order_by(KeyRow.id.desc()).limit(limit)))

    def revoke(self, row: KeyRow) -> KeyRow:
        """From now on nobody gets in with it, nor with a session that it opened. Raises Conflict."""
        if row.revoked_at is not None:
            raise Conflict(f"key {row.id} is revoked already")
        row.revoked_at = now()
        self.session.execute(delete(SessionRow).where(SessionRow.key_id == row.id))
        return row

    def used(self, key_id: str) -> None:
        self.get(key_id).last_used_at = now()

    def by_secret(self, text: str) -> Found | None:
        """The usable key with this text, looked up by its prefix and compared in constant time."""
        prefix = prefix_of(text)
        row = prefix and self.session.scalar(select(KeyRow).where(KeyRow.prefix == prefix))
        if not is_secret(text, row.digest if row else _NOBODY) or not row or row.revoked_at is not None:
            return None
        return self._found(row)

    def open_session(self, key_id: str) -> str:
        """A session's token, for a cookie. Sessions that have ended are forgotten on the way."""
        token, moment = new_token(), now()
        self.session.execute(delete(SessionRow).where(SessionRow.expires_at < moment))
        self.session.add(
            SessionRow(
                digest=digest_of(token), key_id=key_id, created_at=moment, expires_at=moment + _SESSION
            )
        )
        return token

    def by_session(self, token: str) -> Found | None:
        """The usable key that this session was opened with, while it lasts."""
        query = (
            select(KeyRow)
            .join(SessionRow, SessionRow.key_id == KeyRow.id)
            .where(
                SessionRow.digest == digest_of(token),
                SessionRow.expires_at > now(),
                KeyRow.revoked_at.is_(None),
            )
        )
        row = self.session.scalar(query)
        return None if row is None else self._found(row)

    def close_session(self, token: str) -> None:
        self.session.execute(delete(SessionRow).where(SessionRow.digest == digest_of(token)))

    @staticmethod
    def _found(row: KeyRow) -> Found:
        return Found(row, row.last_used_at is None or row.last_used_at < now() - _USED)
