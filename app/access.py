"""Who may do what: scopes, keys and sessions as secrets, and the caller of a request. No database, no HTTP.

A key is `ws_PREFIX_SECRET`: 12 hexadecimal digits that may be shown, then 256 random bits that are shown
once. What is stored is a SHA-256 hash of all of it; so much chance can't be guessed, and a slow hash would
add nothing. The same holds for the tokens of the dashboard's sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

_KEY = re.compile(r"ws_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


class Scope(StrEnum):
    """What a key may do; each may also do what those before it may."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"

    def allows(self, needed: Scope) -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class Caller:
    """Whoever asks: a key's holder or, where there is no key, anyone (`key_id` None).

    `session`: the token of the cookie that they came with, where it was a cookie.
    """

    name: str
    scope: Scope
    key_id: str | None = None
    session: str | None = None


@dataclass(frozen=True)
class NewKey:
    """A key that was just made: `text` is the whole of it, to be shown once."""

    text: str
    prefix: str
    digest: str


def new_key() -> NewKey:
    prefix = secrets.token_hex(6)
    text = f"ws_{prefix}_{new_token()}"
    return NewKey(text, prefix, digest_of(text))


def new_token() -> str:
    """256 random bits in 43 characters that a header, a cookie and a form can hold."""
    return secrets.token_urlsafe(32)


def prefix_of(key: str) -> str | None:
    """The part of a key that may be known; None where the text is no key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def digest_of(secret: str) -> str:
    """What is stored of a key or a token: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret(secret: str, digest: str) -> bool:
    """Whether the digest is this secret's, in a time that doesn't depend on how much of it is right."""
    return hmac.compare_digest(digest_of(secret), digest)


def form_token(session: str) -> str:
    """What a form of this session must hold: whoever can't read the cookie can't make it."""
    return hmac.new(session.encode(), b"wakesleep form", hashlib.sha256).hexdigest()


def is_form_token(token: str, session: str) -> bool:
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), form_token(session).encode())
