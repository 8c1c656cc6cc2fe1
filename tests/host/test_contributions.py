"""Hooks, services, events and interceptors: who contributed what, and whose failure a failure is."""

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import pytest

from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime_sdk import (
    Command,
    Event,
    HealthCheck,
    Interceptor,
    Introspection,
    Plugin,
    Service,
    ServiceError,
    Subscriber,
    hookimpl,
    hookspec,
)

JOB = ("job",)


class Greeter(Protocol):
    async def greet(self) -> str: ...


@dataclass
class Hello:
    text: str = "hello"

    async def greet(self) -> str:
        return self.text


class Offers(Plugin):
    """Offers the greeter; notes how often it is made and released."""

    def __init__(self):
        self.made = self.released = 0

    @hookimpl
    def services(self):
        return [Service[Greeter](Greeter, self.make)]

    async def make(self, runtime):
        self.made += 1
        await asyncio.sleep(0)
        try:
            yield Hello()
        finally:
            self.released += 1


async def test_a_service_is_made_once_for_concurrent_callers_and_released_at_the_end(runtime):
    booted = await runtime({"offers": Offers}, roles=JOB)
    offers = booted.runtime.assembly.plugins["offers"]
    assert offers.made == 0
    found = await asyncio.gather(*(booted.services.get(Greeter) for _ in range(5)))
    assert all(one is found[0] for one in found)
    assert (await found[0].greet(), offers.made, offers.released) == ("hello", 1, 0)
    await runtime.stop()
    assert offers.released == 1
    with pytest.raises(ServiceError, match="has stopped"):
        await booted.services.get(Greeter)


@pytest.mark.parametrize("factory", [lambda _r: Hello("plain"), "coroutine", "generator"])
async def test_factories_of_every_kind_are_understood(runtime, factory):
    async def coroutine(_runtime):
        return Hello("coroutine")

    def generator(_runtime):
        yield Hello("generator")

    make = {"coroutine": coroutine, "generator": generator}.get(factory, factory)

    class Kind(Plugin):
        @hookimpl
        def services(self):
            return [Service(Greeter, make)]

    booted = await runtime({"kind": Kind}, roles=JOB)
    expected = factory if isinstance(factory, str) else "plain"
    assert (await booted.services.get(Greeter)).text == expected


async def test_a_look_up_while_starting_must_follow_a_declared_edge(runtime):
    class Sneaky(Plugin):
        after = ("offers",)

        async def start(self, runtime):
            await runtime.services.get(Greeter)

    with pytest.raises(BootError) as caught:
        await runtime({"offers": Offers, "sneaky": Sneaky}, roles=JOB)
    assert "plugin 'sneaky' looked up service Greeter of plugin 'offers' while starting" in str(caught.value)
    assert "requires = ('offers',)" in str(caught.value)


async def test_a_look_up_while_starting_may_follow_an_indirect_edge(runtime):
    greetings = []

    class Middle(Plugin):
        requires = ("offers",)

    class User(Plugin):
        requires = ("middle",)

        async def start(self, runtime):
            greetings.append(await (await runtime.services.get(Greeter)).greet())

    await runtime({"offers": Offers, "middle": Middle, "user": User}, roles=JOB)
    assert greetings == ["hello"]


async def test_run_time_needs_never_order_anything(runtime):
    """Two plugins that need each other while serving: look-ups, so there is no cycle."""

    class Login(Plugin):
        @hookimpl
        def services(self, runtime):
            return [Service(Hello, lambda _r: Hello("login"))]

    class Blueprints(Plugin):
        @hookimpl
        def services(self, runtime):
            async def make(view):
                return Hello((await view.services.get(Hello)).text + " page")

            return [Service(Greeter, make)]

    booted = await runtime({"login": Login, "blueprints": Blueprints}, roles=JOB)
    assert (await booted.services.get(Greeter)).text == "login page"


async def test_services_in_a_circle_are_shown(runtime):
    def circle(key):
        async def make(view):
            return await view.services.get(key)

        return make

    class Circle(Plugin):
        @hookimpl
        def services(self):
            return [Service(Greeter, circle(Hello)), Service(Hello, circle(Greeter))]

    booted = await runtime({"circle": Circle}, roles=JOB)
    with pytest.raises(ServiceError, match="in a circle: Greeter -> Hello -> Greeter"):
        await booted.services.get(Greeter)


async def test_a_factory_that_fails_says_whose_it_is_and_is_tried_again(runtime):
    attempts = []

    def make(_runtime):
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("no route")
        return Hello()

    class Flaky(Plugin):
        @hookimpl
        def services(self):
            return [Service(Greeter, make)]

    booted = await runtime({"flaky": Flaky}, roles=JOB)
    with pytest.raises(ServiceError, match="plugin 'flaky' cannot make service Greeter: OSError: no route"):
        await booted.services.get(Greeter)
    assert await (await booted.services.get(Greeter)).greet() == "hello"


async def test_an_unknown_service_is_an_error(runtime):
    booted = await runtime({}, roles=JOB)
    with pytest.raises(ServiceError, match="no plugin offers service Greeter"):
        await booted.services.get(Greeter)


async def test_two_offers_of_one_key_are_refused(runtime):
    with pytest.raises(BootError, match="service Greeter is offered by plugin 'offers' too"):
        await runtime({"offers": Offers, "rival": type("Rival", (Offers,), {})}, roles=JOB)


async def test_the_selected_provider_gives_the_service(runtime):
    from dify_runtime_sdk import Provides, Settings

    class GreetSettings(Settings):
        GREETER: str = "two"

    class Owner(Plugin):
        settings = GreetSettings
        selects = MappingProxyType({"greeter": "GREETER"})

    def provider(word):
        class Provider(Plugin):
            provides = (Provides("greeter", word),)

            @hookimpl
            def services(self):
                return [Service(Greeter, lambda _r: Hello(word))]

        return Provider

    plugins = {"owner": Owner, "p-one": provider("one"), "p-two": provider("two")}
    booted = await runtime(plugins, roles=JOB)
    assert (await booted.services.get(Greeter)).text == "two"
    assert booted.records["p-one"].state is State.IDLE
    booted = await runtime(plugins, roles=JOB, environ={"GREETER": "one"})
    assert (await booted.services.get(Greeter)).text == "one"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def blueprint_group(self): ...", "unknown hook 'blueprint_group' (did you mean 'blueprint_groups'?)"),
        ("def commands(self, wrong): ...", "Argument(s) {'wrong'} are declared in the hookimpl"),
        ("def commands(self): raise OSError('lost')", "hook 'commands': OSError: lost"),
        ("def commands(self): return 5", "hook 'commands': TypeError"),
        ("def commands(self): return [5]", "hook 'commands' gave 5 (it must give Command objects)"),
    ],
)
async def test_a_wrong_contribution_is_its_plugins_failure(runtime, body, expected):
    namespace: dict[str, object] = {}
    exec(f"{body}", namespace)
    name = next(key for key in namespace if key != "__builtins__")
    wrong = type("Wrong", (Plugin,), {name: hookimpl(namespace[name])})
    dependant = type("Dependant", (Plugin,), {"requires": ("wrong",)})
    booted = await runtime({"wrong": wrong, "dependant": dependant, "offers": Offers}, roles=JOB, strict=False)
    assert booted.records["wrong"].state is State.FAILED
    assert expected in booted.records["wrong"].error
    assert booted.records["dependant"].state is State.UNMET
    assert booted.records["offers"].state is State.STARTED


async def test_a_pluggy_wrapper_is_refused(runtime):
    class Wrapping(Plugin):
        @hookimpl(wrapper=True)
        def commands(self):
            return (yield)

    with pytest.raises(BootError, match="use an interceptor instead"):
        await runtime({"wrapping": Wrapping}, roles=JOB)


async def test_two_commands_of_one_name_name_both_plugins(runtime):
    class Commands(Plugin):
        @hookimpl
        def commands(self):
            return [Command("db", "nowhere:db", "Databases")]

    with pytest.raises(BootError, match="command 'db' is contributed by plugin 'a' and by plugin 'b'"):
        await runtime({"a": Commands, "b": type("Other", (Commands,), {})}, roles=JOB)


async def test_an_extension_point_is_finished_after_all_have_contributed(runtime):
    class Points:
        @hookspec
        def zoo_animals(self): ...

    class Zoo(Plugin):
        @hookimpl
        def extension_points(self):
            return [Points]

        @hookimpl
        def finish(self, runtime):
            self.animals = runtime.contributions("zoo_animals")

    def keeper(*animals):
        class Keeper(Plugin):
            before = ("zoo",)

            @hookimpl
            def zoo_animals(self):
                return animals

        return Keeper

    booted = await runtime({"zoo": Zoo, "y": keeper("yak"), "x": keeper("ox", "fox")}, roles=JOB)
    assert booted.runtime.assembly.plugins["zoo"].animals == [("x", "ox"), ("x", "fox"), ("y", "yak")]


class Asking(Event):
    pass


class AskingAgain(Asking):
    pass


async def test_events_reach_subscribers_of_their_type_and_its_bases_in_order(runtime, caplog):
    heard = []

    def listener(name, event, *, fails=False):
        async def handle(event):
            heard.append((name, type(event).__name__))
            if fails:
                raise OSError("deaf")

        class Listener(Plugin):
            after = ("a",) if name != "a" else ()

            @hookimpl
            def subscribers(self):
                return [Subscriber(event, handle)]

        return Listener

    plugins = {"a": listener("a", Event, fails=True), "b": listener("b", Asking), "c": listener("c", AskingAgain)}
    booted = await runtime(plugins, roles=JOB)
    await booted.events.publish(Asking())
    assert heard == [("a", "Asking"), ("b", "Asking")]
    assert "subscriber of plugin 'a' failed on Asking" in caplog.text


@dataclass(frozen=True)
class Call:
    text: str


async def test_interceptors_wrap_calls_of_their_type_in_the_resolved_order(runtime):
    def wrapping(name, **attributes):
        class Wrap(Interceptor[Call, str]):
            call_type = Call

            async def around(self, call, proceed):
                return f"{name}({await proceed(Call(call.text + name))})"

            async def around_stream(self, call, proceed):
                async for item in proceed(call):
                    yield f"{name}:{item}"

        body = {"interceptors": hookimpl(lambda self: [Wrap()]), **attributes}
        return type(f"Wrapping{name}", (Plugin,), body)

    booted = await runtime({"a": wrapping("a", after=("b",)), "b": wrapping("b")}, roles=JOB)

    async def model(call):
        return call.text

    async def stream(call):
        yield call.text
        yield "end"

    assert await booted.interceptors.run(Call("x"), model) == "b(a(xba))"
    assert [item async for item in booted.interceptors.stream(Call("x"), stream)] == ["b:a:x", "b:a:end"]
    assert await booted.interceptors.run("another type", lambda call: asyncio.sleep(0, call)) == "another type"


async def test_readiness_follows_the_outcome_table(runtime):
    broken = False

    async def check():
        if broken:
            raise OSError("disk full")

    class Checked(Plugin):
        @hookimpl
        def health_checks(self):
            return [HealthCheck("disk", check)]

    cells = ((True, False, "not_ready"), (False, False, "degraded"), (False, True, "not_ready"))
    for strict, essential, expected in cells:
        broken = False
        plugin = type("Checked", (Checked,), {"essential": essential})
        booted = await runtime({"checked": plugin}, strict=strict)
        introspection = await booted.services.get(Introspection)
        assert (await introspection.readiness()).status == "ready"
        broken = True
        readiness = await introspection.readiness()
        assert readiness.status == expected
        assert [check.error for check in readiness.checks] == ["OSError: disk full"]


async def test_a_health_check_that_hangs_counts_as_failed(runtime):
    class Hanging(Plugin):
        @hookimpl
        def health_checks(self):
            return [HealthCheck("hang", asyncio.Event().wait, timeout=0.01)]

    booted = await runtime({"hanging": Hanging}, strict=False)
    readiness = await (await booted.services.get(Introspection)).readiness()
    assert (readiness.status, readiness.checks[0].error) == ("degraded", "no answer within 0.01 s")


async def test_a_made_services_check_feeds_readiness(runtime):
    async def check(greeter):
        raise OSError(f"{greeter.text} is ill")

    class Checked(Plugin):
        @hookimpl
        def services(self):
            return [Service(Greeter, lambda _r: Hello(), check)]

    booted = await runtime({"checked": Checked}, strict=False)
    introspection = await booted.services.get(Introspection)
    assert (await introspection.readiness()).status == "ready"
    await booted.services.get(Greeter)
    readiness = await introspection.readiness()
    assert [(check.name, check.error) for check in readiness.checks] == [("Greeter", "OSError: hello is ill")]
