"""`wakesleep enumerate`: how many programs there are, by description length."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from app.commands.errors import InputError
from engine import Grammar, Language, Type
from library.domain import get_domain


def run(request: str, max_nats: float, domain: str | None, grammar: Path | None, as_json: bool) -> None:
    """Print the windows of 1.5 nats under uniform weights.

    Raises InputError, UnknownDomain, or an EngineError where a type or a primitive can't be read.
    """
    if (domain is None) == (grammar is None):
        raise InputError("give either --domain or --grammar")
    if grammar is not None:
        language, continuation = _read(grammar)
    else:
        language, continuation = get_domain(domain or "").language(), None
    started = time.process_time()
    windows = Grammar.uniform(language).count_windows(Type.parse(request), max_nats, continuation)
    seconds = time.process_time() - started
    programs = sum(count for _, count in windows)
    if as_json:
        lists = [[upper, count] for upper, count in windows]
        print(json.dumps({"windows": lists, "programs": programs, "cpu_seconds": seconds}))
        return
    for upper, count in windows:
        print(f"up to {upper:5.1f} nats: {count:>14,}")
    print(f"{programs:,} programs in {seconds:.2f} CPU seconds")


def _read(path: Path) -> tuple[Language, Type | None]:
    try:
        data: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"--grammar {path}: {error}") from None
    shape = '{"primitives": [[name, type], ...], "continuation": type or null}'
    if not isinstance(data, dict) or not isinstance(data.get("primitives"), list):
        raise InputError(f"--grammar {path}: expected {shape}")
    for pair in data["primitives"]:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise InputError(f"--grammar {path}: primitive {pair!r} is no [name, type] of two strings")
    continuation = data.get("continuation")
    if continuation is not None and not isinstance(continuation, str):
        raise InputError(f"--grammar {path}: continuation is a type or null, not {continuation!r}")
    language = Language([(name, type_) for name, type_ in data["primitives"]])
    return language, None if continuation is None else Type.parse(continuation)
