"""The dashboard's pages, put together: each section's routes, the first page, the API reference."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from app.api.access import READ
from app.dashboard import signing
from app.dashboard.batches import routes as batches
from app.dashboard.dreams import routes as dreams
from app.dashboard.library import routes as library
from app.dashboard.models import routes as models
from app.dashboard.overview import routes as overview
from app.dashboard.pages import STATIC, render
from app.dashboard.routes import PageRoute
from app.dashboard.runs import actions as run_actions
from app.dashboard.runs import routes as runs
from app.dashboard.tasks import routes as tasks

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/docs", dependencies=[READ])
def api_reference() -> Response:
    """The HTTP API, from /openapi.json."""
    return render("docs.html")


def install_dashboard(app: FastAPI) -> None:
    """Add the pages and their static files. The app must have been made with `docs_url=None`."""
    app.include_router(router)
    for section in (overview, run_actions, runs, library, tasks, dreams, models, batches, signing):
        app.include_router(section.router)
    # Pages have a form's token beside what was searched for, and go as they are: their length tells nothing.
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")
