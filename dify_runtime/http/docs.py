"""The docs of groups: the document made from their routes, and the page that some plugin offers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from quart.wrappers import Response

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import ApiDocs, ApiDocsPage, BlueprintGroup, RequestContext, Route

from .descriptions import Descriptions
from .groups import GroupTable
from .routing import RouteTable


@dataclass(frozen=True, slots=True)
class GroupDocs:
    """The two handlers of one group's docs."""

    group: BlueprintGroup
    docs: ApiDocs
    descriptions: Descriptions

    async def document(self, _context: RequestContext) -> Response:
        """The OpenAPI description; made at the first request, in a thread, because that takes a while."""
        body = await asyncio.to_thread(self.descriptions.encoded, self.group.name)
        return Response(body, mimetype="application/json")

    async def page(self, context: RequestContext) -> Response:
        """The page for people."""
        page = await context.runtime.services.get(ApiDocsPage)
        return Response(page.render(self.group, context.request.root_path), mimetype="text/html")


def add_docs(
    table: RouteTable, groups: GroupTable, descriptions: Descriptions, view: Callable[[str], Runtime]
) -> list[BlueprintGroup]:
    """Add the docs of every group that has some, where a plugin offers the page; returns those groups."""
    served = []
    for group in groups:
        docs = group.declared.docs
        if docs is None or not view(group.plugin).services.offered(ApiDocsPage):
            continue
        handlers = GroupDocs(group.declared, docs, descriptions)
        for path, handler in ((docs.document, handlers.document), (docs.page, handlers.page)):
            table.add(group.plugin, Route(group.name, "GET", path, handler, public=True, documented=False))
        served.append(group.declared)
    return served
