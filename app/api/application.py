"""The web application: routes, problems, the body limit, and what starts and stops with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.api.context import REQUEST_ID, RequestContext
from app.api.dependencies import Launcher, Services
from app.api.description import install_description
from app.api.gate import Gate
from app.api.health import VERSION
from app.api.health import router as health
from app.api.idempotency import install_idempotency
from app.api.metrics import RequestMetrics, make_registry
from app.api.metrics import router as metrics
from app.api.problems import install_problems
from app.api.rates import RateLimiter
from app.api.v1 import (
    abstractions,
    batches,
    domains,
    dreams,
    files,
    jobs,
    keys,
    library,
    models,
    runs,
    tasks,
)
from app.dashboard.router import install_dashboard
from app.db.session import Database
from app.settings import Settings

_DESCRIPTION = "Wake-sleep program learning: tasks in, programs and a growing library out."


def create_app(settings: Settings, database: Database, launcher: Launcher) -> FastAPI:
    """The application over a migrated database. It starts nothing itself: the launcher is running already."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = Services(
            settings=settings,
            database=database,
            launcher=launcher,
            searches=anyio.CapacityLimiter(settings.workers),
        )
        yield

    app = FastAPI(
        title="Wakesleep",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # the dashboard has a page for it, with nothing from other hosts
        redoc_url=None,
        telemetry={"auto_configure": False, "logs": False, "operation_spans": False},  # app/telemetry.py does
    )
    app.state.metrics = make_registry(database, settings.silent_seconds)
    _install_layers(app, settings)
    install_problems(app)
    install_idempotency(app)
    app.include_router(health)
    app.include_router(metrics)
    for module in (domains, tasks, jobs, files, batches, runs, library, abstractions, dreams, models, keys):
        app.include_router(module.router)
    install_dashboard(app)
    install_description(app)
    return app


def _install_layers(app: FastAPI, settings: Settings) -> None:
    """What every request goes through; the last one added is the outermost."""
    app.add_middleware(Gate, limiter=RateLimiter(settings.rate_limit, settings.rate_burst))
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", REQUEST_ID],
            expose_headers=[REQUEST_ID, "Retry-After"],
        )
    app.add_middleware(RequestMetrics, registry=app.state.metrics)
    app.add_middleware(RequestContext)
