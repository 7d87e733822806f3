"""The web application: routes, problems, the body limit, and what starts and stops with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI

from app.api.dependencies import Launcher, Services
from app.api.health import VERSION
from app.api.health import router as health
from app.api.problems import install_problems
from app.api.v1 import abstractions, domains, dreams, library, models, runs, tasks
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
    )
    install_problems(app)
    app.include_router(health)
    for module in (domains, tasks, runs, library, abstractions, dreams, models):
        app.include_router(module.router)
    install_dashboard(app)
    return app
