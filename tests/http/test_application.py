"""The application as a whole: its settings, what importing it costs, and several in one process."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from dify_runtime import http
from dify_runtime.http import HttpSettings
from dify_runtime_sdk.http import BlueprintGroup, Routes


def test_the_settings_are_to_be_had_without_quart():
    code = "import sys, dify_runtime.http.settings; print(sorted({'quart', 'flask', 'werkzeug'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_all_names_that_the_package_promises_are_there():
    assert [name for name in http.__all__ if not hasattr(http, name)] == []
    with pytest.raises(AttributeError, match="nosuch"):
        _ = http.nosuch


@pytest.mark.parametrize(
    ("name", "value"), [("HTTP_MAX_BODY_BYTES", 0), ("HTTP_BODY_TIMEOUT", -1), ("HTTP_RESPONSE_TIMEOUT", -1)]
)
def test_limits_that_make_no_sense_are_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        HttpSettings(**{name: value})


async def test_several_applications_live_in_one_process(build, client_of):
    def made(name):
        async def who(context):
            return name

        routes = Routes("x", public=True)
        routes.get("/it")(who)
        return build(groups=[BlueprintGroup("x", f"/{name}")], routes=[routes])

    one, two = await client_of(made("one")), await client_of(made("two"))
    assert (await one.get("/one/it")).json() == "one"
    assert (await one.get("/two/it")).status_code == 404
    assert (await two.get("/two/it")).json() == "two"


async def test_configure_sees_the_application_before_the_routes(build):
    seen = []
    routes = Routes("x", public=True)
    app = build(
        groups=[BlueprintGroup("x", "/x")],
        routes=[routes],
        configure=[lambda quart: seen.append((quart, len(list(quart.url_map.iter_rules()))))],
    )
    assert seen == [(app.quart, 0)]


async def test_answers_keep_the_order_in_which_they_were_made(serve_handler, client_of):
    async def handler(context):
        return {"b": 1, "a": 2}

    client = await client_of(serve_handler(handler))
    assert list((await client.post("/x/it")).json()) == ["b", "a"]


async def test_quart_brings_no_log_handler_of_its_own(build):
    app = build()
    assert app.quart.logger.name == "dify_runtime.http"
    assert app.quart.logger.handlers == []
