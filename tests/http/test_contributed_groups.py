"""Groups and authenticators: what the table of groups takes, refuses and finds."""

import pytest

from dify_runtime.errors import ContributionFailed
from dify_runtime_sdk.http import ROOT, BlueprintGroup, GroupAuthenticator, Identity, Routes, Unauthorized


class KeyAuthenticator:
    """Takes one key."""

    async def authenticate(self, context):
        if context.request.headers.get("Authorization") != "Bearer key":
            raise Unauthorized("no such key")
        return Identity(tenant_id="t", user_id="u", user_type="end_user")


def group(name="x", prefix="/x", **options):
    return BlueprintGroup(name, prefix, **options)


@pytest.mark.parametrize("prefix", ["", "x", "/", "/x/", "/x//y", "/<name>", "/x y"])
def test_a_malformed_prefix_is_refused(build, prefix):
    with pytest.raises(ContributionFailed, match="malformed") as caught:
        build(groups=[("giver", group(prefix=prefix))])
    assert caught.value.plugin == "giver"


def test_a_malformed_alias_is_refused(build):
    with pytest.raises(ContributionFailed, match="malformed"):
        build(groups=[group(aliases=("y/",))])


@pytest.mark.parametrize(
    "second",
    [group("x", "/other"), group("other", "/x"), group("other", "/other", aliases=("/x",))],
    ids=["name", "prefix", "alias"],
)
def test_a_second_claim_on_a_name_or_prefix_is_refused_naming_both_plugins(build, second):
    with pytest.raises(ContributionFailed, match="'first'") as caught:
        build(groups=[("first", group()), ("second", second)])
    assert caught.value.plugin == "second"


def test_the_group_root_is_the_hosts(build):
    with pytest.raises(ContributionFailed, match="'host'"):
        build(groups=[group(ROOT, "/root")])


def test_what_is_no_group_is_refused_naming_the_hook(build):
    with pytest.raises(ContributionFailed, match="'blueprint_groups' returned an object of type 'str'"):
        build(groups=[("giver", "x")])


async def test_the_longest_prefix_at_a_border_between_segments_wins(build):
    app = build(groups=[group("api", "/api"), group("nested", "/api/x", aliases=("/also",))])
    find = app.asgi._groups.find
    names = {path: find(path).name for path in ("/api", "/api/y", "/apix", "/api/x", "/api/x/y", "/api/xy", "/also/a")}
    assert names == {
        "/api": "api",
        "/api/y": "api",
        "/apix": "root",
        "/api/x": "nested",
        "/api/x/y": "nested",
        "/api/xy": "api",
        "/also/a": "nested",
    }


def test_the_application_lists_its_groups(build):
    given = group()
    assert build(groups=[given]).groups["x"] is given


async def test_a_contributed_authenticator_says_who_asks(build, client_of):
    async def who(context):
        return {"user": context.identity.user_id, "group": context.group}

    routes = Routes("x")
    routes.get("/who")(who)
    authenticator = GroupAuthenticator("x", KeyAuthenticator())
    client = await client_of(build(groups=[group()], routes=[routes], authenticators=[("keys", authenticator)]))

    answer = await client.get("/x/who", headers={"Authorization": "Bearer key"})
    assert answer.json() == {"user": "u", "group": "x"}
    refused = await client.get("/x/who")
    assert refused.status_code == 401
    assert refused.json() == {"code": "unauthorized", "message": "no such key", "status": 401}
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="api"'


async def test_a_public_route_skips_the_authenticator(build, client_of):
    async def who(context):
        return {"identity": context.identity}

    routes = Routes("x", public=True)
    routes.get("/who")(who)
    client = await client_of(build(groups=[group(authenticator=KeyAuthenticator())], routes=[routes]))
    assert (await client.get("/x/who")).json() == {"identity": None}


async def test_the_authenticator_runs_before_the_body_is_read(build, client_of):
    from pydantic import BaseModel

    class Body(BaseModel):
        text: str

    async def take(context, body: Body):
        return body

    routes = Routes("x")
    routes.post("/take")(take)
    client = await client_of(build(groups=[group(authenticator=KeyAuthenticator())], routes=[routes]))
    answer = await client.post("/x/take", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 401


def test_a_second_authenticator_is_refused_naming_both_plugins(build):
    own = group(authenticator=KeyAuthenticator())
    with pytest.raises(ContributionFailed, match="'first'") as caught:
        build(groups=[("first", own)], authenticators=[("second", GroupAuthenticator("x", KeyAuthenticator()))])
    assert caught.value.plugin == "second"


def test_what_is_no_authenticator_of_a_group_is_refused(build):
    with pytest.raises(ContributionFailed, match="'authenticators' returned an object of type 'KeyAuthenticator'"):
        build(groups=[group()], authenticators=[KeyAuthenticator()])


def test_an_authenticator_of_an_unknown_group_is_refused_naming_the_known_ones(build):
    with pytest.raises(ContributionFailed, match=r"'y'.*known groups: root, x"):
        build(groups=[group()], authenticators=[GroupAuthenticator("y", KeyAuthenticator())])


def test_a_route_that_is_not_public_needs_an_authenticator(build):
    async def handler(context):
        return {}

    routes = Routes("x")
    routes.get("/secret")(handler)
    with pytest.raises(ContributionFailed, match=r"GET '/secret' needs an authenticator.*make the route public"):
        build(groups=[group()], routes=[routes])


def test_routes_of_the_root_group_need_none(build):
    async def handler(context):
        return {}

    routes = Routes(ROOT)
    routes.get("/open")(handler)
    [route] = [route for route in build(routes=[routes]).routes if route.path == "/open"]
    assert route.public
