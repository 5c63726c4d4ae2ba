"""The API's documentation in the browser, from local files: it asks nothing of any other host."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]  # it has no types

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tallybook API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="viewer"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
START = """fetch("/openapi.json").then((answer) => answer.json()).then((spec) => {
  spec.openapi = "3.0.3"; // this viewer shows 3.1 as well, but refuses its number
  SwaggerUIBundle({ spec, dom_id: "#viewer", deepLinking: true, validatorUrl: null });
});
"""
POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; "  # the viewer sets styles on its elements
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FRESH = {"cache-control": "no-cache"}
MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""The viewer's files; the bundle has others, which would load an example from elsewhere."""


def docs(document: bytes) -> list[HTTPRouteHandler]:
    """The handlers of /openapi.json, /docs and the viewer's files."""
    folder = Path(str(swagger_ui_path))
    files = {name: ((folder / name).read_bytes(), kind) for name, kind in MEDIA_TYPES.items()}
    files["start.js"] = (START.encode(), "text/javascript")

    @get("/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return Response(document, media_type="application/json", headers={**FRESH})

    @get("/docs", include_in_schema=False, sync_to_thread=False)
    def page() -> Response[bytes]:
        headers = {**FRESH, "content-security-policy": POLICY}
        return Response(PAGE.encode(), media_type="text/html; charset=utf-8", headers=headers)

    @get("/docs/{name:str}", include_in_schema=False, sync_to_thread=False)
    def file(name: FromPath[str]) -> Response[bytes]:
        if name not in files:
            raise NotFoundException
        content, media_type = files[name]
        headers = {"cache-control": "max-age=86400"}
        return Response(content, media_type=media_type, headers=headers)

    return [openapi, page, file]
