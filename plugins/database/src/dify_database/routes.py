"""The route of the plugin `database`."""

import os

from pydantic import BaseModel

from dify_runtime_sdk.http import ROOT, RequestContext, Routes

from .api import Database


class PoolStatus(BaseModel):
    """The pool of connections of this process; times in seconds."""

    pid: int
    pool_size: int
    checked_in_connections: int
    checked_out_connections: int
    overflow_connections: int
    connection_timeout: int
    recycle_time: int


async def pool_status(context: RequestContext) -> PoolStatus:
    """Say how many connections there are, and how many are in use."""
    pool = (await context.runtime.services.get(Database)).pool()
    return PoolStatus(
        pid=os.getpid(),
        pool_size=pool.size,
        checked_in_connections=pool.checked_in,
        checked_out_connections=pool.checked_out,
        overflow_connections=pool.overflow,
        connection_timeout=pool.timeout,
        recycle_time=pool.recycle,
    )


def pool_routes() -> Routes:
    """The route; it needs no credential."""
    routes = Routes(ROOT, tag="Health", public=True)
    routes.add("GET", "/db-pool-stat", pool_status, summary="Connections to the database")
    return routes
