"""Routes in their places: clashes, aliases, methods, slashes, and paths that two groups could claim."""

import pytest

from dify_runtime.errors import ContributionFailed
from dify_runtime_sdk.http import ROOT, BlueprintGroup, Route, Routes, StandardErrors, UnknownRoute


def handler_of(*names):
    """A handler that takes these path variables and returns them."""
    scope = {}
    arguments = ", ".join(("context", *(f"{name}: __import__('typing').Any" for name in dict.fromkeys(names))))
    exec(f"async def handler({arguments}): return [{', '.join(map(str, names))}]", scope)  # generated signatures
    return scope["handler"]


def routes(group, *lines):
    """Public routes `METHOD /path<variable>`, each answering with its variables."""
    from dify_runtime.http.paths import parse_rule

    made = Routes(group, public=True)
    for line in lines:
        method, _, path = line.partition(" ")
        made.add(method, path, handler_of(*(variable.name for variable in parse_rule(path).variables)))
    return made


X = BlueprintGroup("x", "/x", aliases=("/y",))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GET /a", "GET /a"),
        ("GET /a", "HEAD /a"),
        ("HEAD /a", "GET /a"),
        ("GET /<a>", "GET /<b>"),
        ("GET /<a>", "GET /<string:b>"),
        ("GET /<default:a>", "GET /<string:b>"),
        ("GET /<uuid:a>/z", "GET /<uuid:b>/z"),
        ("GET /<string(length=2):a>", "GET /<string( length=2 ):b>"),
        ("OPTIONS /a", "OPTIONS /a"),
        ("BREW /a", "BREW /a"),
    ],
)
def test_a_method_and_path_can_be_served_once(build, first, second):
    with pytest.raises(ContributionFailed, match="already served by plugin 'first'") as caught:
        build(groups=[X], routes=[("first", routes("x", first)), ("second", routes("x", second))])
    assert caught.value.plugin == "second"


def test_a_clash_on_an_alias_is_one_as_well(build):
    other = BlueprintGroup("other", "/y/b")
    with pytest.raises(ContributionFailed, match="below the prefix of group 'other'"):
        build(groups=[X, other], routes=[routes("x", "GET /b/a")])


def test_a_plugin_may_not_clash_with_itself_either(build):
    with pytest.raises(ContributionFailed, match="already served by plugin 'feature'"):
        build(groups=[X], routes=[routes("x", "GET /a", "GET /a")])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GET /a", "POST /a"),
        ("GET /a", "GET /a/"),
        ("GET /new", "GET /<a>"),
        ("GET /<int:a>", "GET /<uuid:a>"),
        ("GET /<a>", "GET /<path:a>"),
        ("POST /a", "HEAD /a"),
    ],
)
def test_different_methods_and_converters_do_not_clash(build, first, second):
    app = build(groups=[X], routes=[routes("x", first, second)])
    assert len([route for route in app.routes if route.group == "x"]) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("GET a", "does not begin with a slash"),
        ("GET /<nosuch:a>", "malformed path"),
        ("GET /<int(nosuch=1):a>", "malformed path"),
        ("GET /<a>/<a>", "malformed path"),
    ],
)
def test_a_malformed_path_is_refused(build, line, reason):
    with pytest.raises(ContributionFailed, match=reason) as caught:
        build(groups=[X], routes=[("giver", routes("x", line))])
    assert caught.value.plugin == "giver"


def test_an_unknown_group_is_refused_naming_the_known_ones(build):
    with pytest.raises(ContributionFailed, match=r"route GET '/a'.*'z', which nobody.*known groups: root, x"):
        build(groups=[X], routes=[routes("z", "GET /a")])


def test_what_is_no_routes_object_is_refused(build):
    with pytest.raises(ContributionFailed, match="'routes' returned an object of type 'Route'"):
        build(groups=[X], routes=[Route("x", "GET", "/a", handler_of(), public=True)])


def test_the_first_wrong_plugin_is_the_one_that_is_named(build):
    given = [("a", routes("x", "GET /a")), ("b", routes("x", "GET b")), ("c", routes("nosuch", "GET /c"))]
    with pytest.raises(ContributionFailed) as caught:
        build(groups=[X], routes=given)
    assert caught.value.plugin == "b"


def test_a_failed_build_leaves_nothing_behind(build):
    good, bad = routes("x", "GET /a"), routes("x", "GET b")
    for _ in range(2):
        with pytest.raises(ContributionFailed):
            build(groups=[X], routes=[good, bad])
    assert next(route.path for route in build(groups=[X], routes=[good]).routes) == "/x/a"


async def test_a_group_answers_alike_under_its_aliases(build, client_of):
    app = build(groups=[X], routes=[routes("x", "GET /a/<b>")])
    client = await client_of(app)
    assert [(await client.get(path)).json() for path in ("/x/a/1", "/y/a/1")] == [["1"], ["1"]]
    assert [(route.path, route.aliases) for route in app.routes if route.group == "x"] == [("/x/a/<b>", ("/y/a/<b>",))]


async def test_a_route_may_be_at_the_prefix_itself(build, client_of):
    client = await client_of(build(groups=[X], routes=[routes("x", "POST ")]))
    assert (await client.post("/x")).status_code == 200
    assert (await client.post("/x/")).status_code == 404


async def test_head_is_answered_where_get_is(build, client_of):
    client = await client_of(build(groups=[X], routes=[routes("x", "GET /a", "POST /b")]))
    assert (await client.head("/x/a")).status_code == 200
    assert (await client.head("/x/b")).status_code == 405


async def test_options_are_answered_with_the_methods_there_are(build, client_of):
    client = await client_of(build(groups=[X], routes=[routes("x", "GET /a", "POST /a")]))
    answer = await client.options("/x/a")
    assert (answer.status_code, answer.content) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert (await client.options("/x/b")).status_code == 404


@pytest.mark.parametrize("order", [1, -1])
async def test_a_route_may_answer_options_itself(build, client_of, order):
    given = [routes("x", "GET /<a>"), routes("x", "OPTIONS /<b>")][::order]
    client = await client_of(build(groups=[X], routes=given))
    assert (await client.options("/x/1")).json() == ["1"]


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/x/leaf", 200, None),
        ("/x/leaf/", 404, None),
        ("/x/branch/", 200, None),
        ("/x/branch", 308, "http://test/x/branch/"),
        ("/x/branch?a=1", 308, "http://test/x/branch/?a=1"),
        ("/x//leaf", 308, "http://test/x/leaf"),
    ],
)
async def test_slashes_are_redirected_where_flask_does(build, client_of, path, status, location):
    client = await client_of(build(groups=[X], routes=[routes("x", "GET /leaf", "GET /branch/")]))
    answer = await client.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (status, location)


NESTED = [BlueprintGroup("api", "/api"), BlueprintGroup("inner", "/api/x")]


@pytest.mark.parametrize(
    ("group", "path"), [(ROOT, "/api/x/a"), (ROOT, "/api"), ("api", "/x/a"), ("api", "/x/<a>"), (ROOT, "/api/<a>")]
)
def test_a_path_inside_another_groups_prefix_is_refused(build, group, path):
    with pytest.raises(ContributionFailed, match="below the prefix of group"):
        build(groups=NESTED, routes=[routes(group, f"GET {path}")])


@pytest.mark.parametrize(
    ("line", "ours", "theirs"),
    [
        ("GET /<path:page>", "/some/page", "/api/unknown"),
        ("GET /<a>/<b>", "/some/page", "/api/x"),
        ("GET /a<b>", "/about", "/api"),
    ],
)
async def test_a_catch_all_leaves_the_paths_of_other_groups_alone(build, client_of, line, ours, theirs):
    client = await client_of(build(groups=NESTED, routes=[routes(ROOT, line)]))
    assert (await client.get(ours)).status_code == 200
    answer = await client.get(theirs)
    assert (answer.status_code, answer.text) == (404, StandardErrors().render(UnknownRoute()).body)


async def test_configure_can_add_converters(build, client_of):
    from werkzeug.routing import BaseConverter

    class Even(BaseConverter):
        regex = r"\d*[02468]"

    def configure(quart):
        quart.url_map.converters["even"] = Even

    client = await client_of(build(groups=[X], routes=[routes("x", "GET /<even:a>")], configure=[configure]))
    assert [(await client.get(f"/x/{number}")).status_code for number in (2, 3)] == [200, 404]


def test_a_configure_hook_that_raises_is_its_plugins_failure(build):
    def configure(quart):
        raise RuntimeError("nope")

    with pytest.raises(ContributionFailed, match=r"'configure_app' raised RuntimeError\('nope'\)") as caught:
        build(configure=[("giver", configure)])
    assert caught.value.plugin == "giver"
