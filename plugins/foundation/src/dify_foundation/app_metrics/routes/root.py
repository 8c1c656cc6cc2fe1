"""Routes without a prefix: health, readiness, threads, plugins."""

import os
import threading
from typing import Any

from dify_runtime_sdk import DIFY_API_VERSION, Introspection
from dify_runtime_sdk.http import ROOT, RequestContext, Routes

from .answers import Check, Health, ReadinessReport, Thread, Threads


async def health(_context: RequestContext) -> Health:
    """Say that the process answers; asks nothing else, since orchestrators call it every few seconds."""
    return Health(pid=os.getpid(), status="ok", version=DIFY_API_VERSION)


async def ready(context: RequestContext) -> tuple[ReadinessReport, int]:
    """Run the health checks: 200 when the process should get traffic, in full or degraded, else 503."""
    host = await context.runtime.services.get(Introspection)
    readiness = await host.readiness()
    checks = [Check.model_validate(check, from_attributes=True) for check in readiness.checks]
    report = ReadinessReport(status=readiness.status, checks=checks, failed_plugins=dict(readiness.failed_plugins))
    return report, 503 if readiness.status == "not_ready" else 200


async def threads(_context: RequestContext) -> Threads:
    """List the threads of the process."""
    found = [Thread(name=one.name, id=one.ident, is_alive=one.is_alive()) for one in threading.enumerate()]
    return Threads(pid=os.getpid(), thread_num=len(found), threads=found)


async def plugins(context: RequestContext) -> list[dict[str, Any]]:
    """List the plugins and what became of them, as `dify-runtime plugins list --json` does."""
    host = await context.runtime.services.get(Introspection)
    return host.plugins()


def root_routes() -> Routes:
    """The routes; none needs a credential."""
    routes = Routes(ROOT, tag="Health", public=True)
    routes.add("GET", "/health", health, summary="The process answers")
    routes.add("GET", "/health/ready", ready, summary="The process should get traffic")
    routes.add("GET", "/threads", threads, summary="Threads of the process")
    routes.add("GET", "/plugins", plugins, summary="Plugins and their state")
    return routes
