"""What a run of this service is configured with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.settings import Settings
from synthesis.keeper import RunConfig


def run_config(
    settings: Settings, domain: str, iterations: int, seconds: float, choices: Mapping[str, Any] | None = None
) -> RunConfig:
    """The configuration of a run. `choices`: fields of RunConfig whose default isn't wanted.

    Without a choice of guides, every guide that these settings make possible. Raises ValueError, saying what
    to do, where the choices don't go together.
    """
    values = {"guides": _guides(settings), **(choices or {})}
    values["guides"] = tuple(dict.fromkeys(values["guides"]))
    return RunConfig(
        domain=domain,
        iterations=iterations,
        seconds=seconds,
        workers=settings.workers,
        executor=settings.executor,
        model_url=settings.model_url,
        model_name=settings.model_name,
        model_path=None if settings.model_path is None else str(settings.model_path.resolve()),
        tuning_seconds=settings.tuning_seconds,
        tuning_kind=settings.tuning_kind,
        adapters_dir=str(settings.adapters_dir),
        **values,
    )


def _guides(settings: Settings) -> list[str]:
    return ["prior", "network", *(["model"] if has_model(settings) else [])]


def has_model(settings: Settings) -> bool:
    """Whether there is a language model to ask: a server, or weights for this process."""
    return bool(settings.model_url and settings.model_name) or settings.model_path is not None
