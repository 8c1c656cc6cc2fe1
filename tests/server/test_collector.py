"""The garbage collector rests while `serve` boots, and works while it serves."""

TELLING = '''
import gc

from dify_runtime_sdk import Plugin, hookimpl


class One(Plugin):
    """Tells whether the collector works."""

    async def start(self, runtime):
        print("starts, collector", gc.isenabled(), flush=True)

    @hookimpl
    def routes(self, runtime):
        from dify_runtime_sdk.http import Routes

        routes = Routes("root")
        routes.add("GET", "/collector", self.collector)
        return [routes]

    async def collector(self, context):
        return {"enabled": gc.isenabled(), "left out": gc.get_freeze_count() > 0}
'''


async def test_the_collector_rests_during_the_boot_and_works_when_requests_are_answered(serve):
    serving = await serve(plugins={"telling": TELLING})

    assert await serving.line() == "starts, collector False"
    await serving.ready()
    assert (await serving.get("/collector")).json() == {"enabled": True, "left out": True}
