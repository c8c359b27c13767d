"""GraphiQL from the program's own files. Nothing is loaded from anywhere else."""

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Their names hold a hash of their content, so they never change.
_FOREVER = "public, max-age=31536000, immutable"
_EVERY_TIME = "no-cache"

_NOT_BUILT = """<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Splitbook</title></head>
  <body>
    <h1>Splitbook</h1>
    <p>The API answers at <code>POST /graphql</code> with <code>Authorization: Bearer KEY</code>.</p>
    <p>The web pages are not built. <code>make install</code> builds them; restart the server afterwards.</p>
  </body>
</html>
"""


class _Assets(StaticFiles):
    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except PermissionError as refusal:
            # Starlette would answer 401; but it is this program that may not read its own file, whatever key came.
            raise RuntimeError(f"the page {path} cannot be read") from refusal

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOREVER
        return response


def list_pages(dist: Path) -> list[BaseRoute]:
    """Routes to the built pages in `dist`; to a page that says how to build them when there are none."""
    pages = sorted(dist.glob("*.html"))
    if not (dist / "index.html").is_file():
        return [Route("/", _tell_how_to_build)]
    routes: list[BaseRoute] = [Route("/", _serve(dist / "index.html"))]
    routes.extend(Route(f"/{page.name}", _serve(page)) for page in pages)
    if (dist / "licenses.md").is_file():
        routes.append(Route("/licenses.md", _serve(dist / "licenses.md")))
    routes.append(Mount("/assets", _Assets(directory=dist / "assets", check_dir=False)))
    return routes


def _serve(page: Path):  # type: ignore[no-untyped-def]  # Starlette has no name for the type of an endpoint
    async def endpoint(request: Request) -> Response:
        return FileResponse(page, headers={"Cache-Control": _EVERY_TIME})

    return endpoint


async def _tell_how_to_build(request: Request) -> Response:
    return HTMLResponse(_NOT_BUILT, headers={"Cache-Control": _EVERY_TIME})
