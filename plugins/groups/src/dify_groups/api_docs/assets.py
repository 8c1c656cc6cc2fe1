"""The scripts and styles of the page, out of the wheel that carries Swagger UI."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from quart import send_file
from quart.wrappers import Response

from dify_runtime_sdk.http import ROOT, NotFound, RequestContext, Routes

from .page import ASSETS

_TYPES: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_DAY: Final = 86_400


def routes() -> Routes:
    """The route of the assets."""
    assets = Routes(ROOT, public=True)
    assets.add("GET", f"{ASSETS}/<name>", asset, documented=False)
    return assets


async def asset(_context: RequestContext, name: str) -> Response:
    """One file of the page; raises `NotFound` for any other name."""
    if name not in _TYPES:
        raise NotFound
    directory = Path(str(files("flask_swagger_ui"))) / "dist"
    return await send_file(directory / name, mimetype=_TYPES[name], conditional=True, cache_timeout=_DAY)
