"""The page at `/` where no plugin brings one."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from quart.wrappers import Response

from dify_runtime_sdk.http import ROOT, BlueprintGroup, RequestContext, Route

from .groups import HOST
from .routing import RouteTable

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>dify-runtime</title>
</head>
<body>
<h1>dify-runtime</h1>
<p>The server is running.</p>
<ul>
{items}
</ul>
</body>
</html>
"""


def add_root_page(table: RouteTable, documented: Sequence[BlueprintGroup]) -> None:
    """Serve a page that links to health and to the docs of groups, unless somebody serves `/`."""
    if table.has("GET", "/"):
        return
    links = [("Health", "/health")] if table.has("GET", "/health") else []
    links += [(f"API docs: {group.name}", group.prefix + group.docs.page) for group in documented if group.docs]

    async def root_page(context: RequestContext) -> Response:
        root = context.request.root_path
        items = "\n".join(f'<li><a href="{quote(root + path)}">{escape(text)}</a></li>' for text, path in links)
        return Response(_PAGE.format(items=items), mimetype="text/html")

    table.add(HOST, Route(ROOT, "GET", "/", root_page, summary="Root page", public=True, documented=False))
