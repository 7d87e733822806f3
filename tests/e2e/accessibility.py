"""What axe-core finds wrong with a page, in words: the rule, how grave it is, and where."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from playwright.sync_api import Page

from tests.e2e.service import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
_PLACES = 5
_FIND = """async ([beside, rules]) => {
  const options = { resultTypes: ["violations"] };
  if (rules) options.runOnly = { type: "rule", values: rules };
  return (await axe.run({ exclude: beside ? [[beside]] : [] }, options)).violations;
}"""


@cache
def _axe() -> str:
    if not AXE.is_file():
        raise RuntimeError(f"{AXE} is missing: `python -m app.dashboard.build` brings it in")
    return AXE.read_text()


def check_accessibility(page: Page, *, beside: str | None = None) -> None:
    """No serious or critical fault, in light and in dark, else an AssertionError that names each. The page is
    left as it was. `beside`: a selector for what isn't ours, which is left out.
    """
    # A script element would be inline, which the page's own policy forbids; an evaluation isn't the page's.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_axe())
    faults: list[str] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        # Nothing but colours depends on the scheme.
        found = page.evaluate(_FIND, [beside, ["color-contrast"] if scheme == "dark" else None])
        faults += [_in_words(scheme, fault) for fault in found if fault["impact"] in GRAVE]
    page.emulate_media(color_scheme="null")
    assert not faults, f"{page.url}:\n" + "\n".join(faults)


def _in_words(scheme: str, fault: dict[str, Any]) -> str:
    nodes = fault["nodes"]
    places = [f"    {' '.join(map(str, node['target']))}: {_why(node)}" for node in nodes[:_PLACES]]
    if len(nodes) > _PLACES:
        places.append(f"    and {len(nodes) - _PLACES} more")
    return "\n".join([f"  {fault['impact']}, {scheme}: {fault['help']} ({fault['id']})", *places])


def _why(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return "; ".join(check["message"] for check in checks) or node["html"]
