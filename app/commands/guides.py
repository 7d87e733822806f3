"""The guide that `wakesleep solve` was asked for."""

from __future__ import annotations

from app.commands.errors import InputError
from app.commands.libraries import stored
from app.db.repositories import ModelRepository
from app.settings import get_settings
from app.workflows.config import has_model, run_config
from library.snapshot import Library
from synthesis.deduction import deduction_guides
from synthesis.guide import Guide
from synthesis.prior import FittedPrior
from synthesis.run_guides import model_guide

GUIDES = ("prior", "network", "model")


def make_guides(name: str, library: Library) -> list[Guide]:
    """What the domain can deduce, the guide called `name`, and after it the library's own weights, which
    cover what it leaves out.

    Raises InputError where the guide is unknown or can't be had.
    """
    prior, deduced = FittedPrior(library.grammar), deduction_guides(library)
    if name == "prior":
        return [*deduced, prior]
    if name == "network":
        return [*deduced, _network(library), prior]
    if name == "model":
        return [*deduced, _model(library), prior]
    raise InputError(f"--guide: {name!r} is none of {', '.join(GUIDES)}")


def _network(library: Library) -> Guide:
    database = stored()
    network = None
    if database is not None:
        with database.read() as session:
            network = ModelRepository(session).network(library.content_hash)
        database.close()
    if network is None:
        raise InputError(
            "--guide network: no network in the database was trained for this library: "
            "learn with `wakesleep serve` first, and name its library with --library ID"
        )
    from synthesis.recognition.guide import NetworkGuide

    return NetworkGuide(library, network)


def _model(library: Library) -> Guide:
    """The model as it is; versions tuned in runs belong to those runs."""
    settings = get_settings()
    if not has_model(settings):
        raise InputError(
            "--guide model: set WAKESLEEP_MODEL_URL and WAKESLEEP_MODEL_NAME to an OpenAI-compatible server, "
            "or WAKESLEEP_MODEL_PATH to a folder with a model"
        )
    config = run_config(settings, library.domain, 1, 1.0, {"guides": ["model"]})
    return model_guide(config, settings.key, library, [])
