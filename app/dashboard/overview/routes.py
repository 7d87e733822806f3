"""The first page. Its panels are fetched anew, from the same templates, while it is looked at."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.access import READ
from app.api.dependencies import Identifier, ServicesDependency
from app.dashboard.overview.model_server import ModelServer
from app.dashboard.overview.queries import Overview
from app.dashboard.overview.views import AT_ONCE, PANELS
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.errors import NotFound

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/", dependencies=[READ])
def overview(services: ServicesDependency) -> Response:
    """Health, work and what was learned; or how to start, where nothing was asked for yet."""
    with services.database.read() as session:
        if not Overview(session).anything():
            return render("empty.html")
        panels = {name: panel(session, services) for name, panel in AT_ONCE.items()}
    return render("overview/overview.html", **panels)


@router.get("/overview/model-server", dependencies=[READ])
def model_server(request: Request, services: ServicesDependency) -> Response:
    """Whether the language model's server answers: asked once the page is there, for it may take a while."""
    state = request.app.state
    if not hasattr(state, "model_server"):
        state.model_server = ModelServer(services.settings)
    return render(
        "overview/model_server.html", answer=state.model_server.answer(), name=services.settings.model_name
    )


@router.get("/overview/panels/{panel}", dependencies=[READ])
def overview_panel(panel: Identifier, services: ServicesDependency) -> Response:
    """One panel, for htmx."""
    if panel not in PANELS:
        raise NotFound(f"there is no panel {panel!r}")
    with services.database.read() as session:
        values = PANELS[panel](session, services)
    return render(f"overview/{panel}.html", **{panel: values})
