"""Templates into responses: the Jinja2 environment, its filters, the headers that every page has."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from app.dashboard import code, formats
from app.dashboard.sections import SECTIONS
from app.dashboard.security import HEADERS
from app.dashboard.viewer import viewer

_HERE = Path(__file__).resolve().parent
STATIC = _HERE / "static"


def render(template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page, or a part of one."""
    text = _environment().get_template(template).render(values)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


@cache
def asset(name: str) -> str:
    """A static file's address, with a mark that changes when its content does. Raises FileNotFoundError."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        formats.ago,
        formats.count,
        formats.duration,
        formats.number,
        formats.percent,
        formats.value,
        formats.picture,
        code.lambdas,
        code.python,
    ):
        environment.filters[filter_.__name__] = filter_
    environment.globals["asset"] = asset
    environment.globals["viewer"] = viewer
    environment.globals["sections"] = SECTIONS
    environment.policies["json.dumps_kwargs"] = {
        "sort_keys": False
    }  # series keep the order they are drawn in
    return environment
