"""Which templates are rendered where, and what is kept of them."""

import asyncio
import os
import signal

import jinja2
import pytest

from dify_runtime_sdk.code import TemplateError
from dify_sandbox.templates.renderer import Renderer

from .processes import environment

INLINE = [
    "plain",
    "{{ s }}.",
    "{{ a.b['c'] }}{{ xs[0] }}{{ s[1:2] }}",
    "{% if a and not b or c == 'x' %}1{% elif d in ('a', 'b') %}2{% else %}3{% endif %}",
    "{% for x in xs if x %}{{ loop.index }}{{ x|upper }}{% else %}none{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}",
    "{{ xs|join(', ') }}{{ d|tojson }}{{ xs|map(attribute='n')|list }}{{ s|replace('a', 'b')|default('x', true) }}",
    "{% set y = d.k %}{{ y }}{{ 'yes' if y is defined else 'no' }}",
    "{{ n + 1 }}{{ n * 2 }}{{ n % 2 }}{{ n / 2 }}{{ s ~ n }}{% for i in range(n) %}{{ i }}{% endfor %}",
]
ELSEWHERE = [
    "{% macro m() %}{% endmacro %}",
    "{% set x = s ~ s %}",
    "{% set x %}{{ s }}{% endset %}",
    "{% set ns = namespace(x=1) %}",
    "{% for x in xs recursive %}{{ loop(x) }}{% endfor %}",
    "{% block a %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ n ** 2 }}",
    "{{ s|center(10) }}",
    "{{ xs|map('upper')|list }}",
    "{{ s.center(10) }}",
    "{{ [s, s] }}",
    "{{ {'a': s} }}",
    "{{ f(*xs) }}",
    "{{ dict(a=1) }}",
]
GIVEN = {"s": "abc", "n": 3, "xs": ["a", "", "c"], "d": {"k": "v"}, "a": {"b": {"c": 1}}}


def learnt(renderer, source):
    return renderer._compiled[source]


@pytest.mark.parametrize("source", INLINE)
async def test_templates_that_stay_small_are_rendered_on_the_event_loop(renderer, source):
    expected = jinja2.Template(source).render(GIVEN)
    rendering = renderer.render(source, GIVEN)
    with pytest.raises(StopIteration) as done:  # at once: it never waits for anything
        rendering.send(None)
    assert done.value.value == expected
    assert learnt(renderer, source) is not None
    assert renderer._workers._processes._idle == []


@pytest.mark.parametrize("source", ELSEWHERE)
async def test_templates_that_can_grow_are_not(renderer, source):
    try:
        found = await renderer.render(source, GIVEN)
    except TemplateError:
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever Jinja raises
            jinja2.Template(source).render(GIVEN)
    else:
        assert found == jinja2.Template(source).render(GIVEN)
    assert learnt(renderer, source) is None
    assert len(renderer._workers._processes._idle) == 1


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("{% for i in range(30000) %}{{ i }}{% endfor %}", {}),
        ("{% for x in xs %}{% for x in xs %}{% endfor %}{% endfor %}done", {"xs": list(range(400))}),
        (
            "{% for x in xs %}{% if x in text %}x{% endif %}{{ text|replace('a', 'b')|length }}{% endfor %}",
            {"xs": ["z"] * 300, "text": "a" * 100_000},
        ),
        ("{{ (s ~ s ~ s)|length }}", {"s": "x" * 400_000}),
        ("{{ ((s ~ s) ~ (s ~ s))|length }}", {"s": "x" * 400_000}),
        ("{{ (s + s + s)|length }}", {"s": "x" * 400_000}),
        ("{{ s|replace('x', t)|length }}", {"s": "x" * 2000, "t": "y" * 2000}),
        ("{{ xs|join(t)|length }}", {"xs": ["x"] * 2000, "t": "y" * 2000}),
        ("{{ (s * 3) }}{{ '%s!' % s }}", {"s": "x"}),
        ("{{ n * n }}", {"n": 2**70}),
        ("{{ d|tojson(indent=20) }}", {"d": {"a": 1}}),
    ],
)
async def test_a_small_template_with_much_to_do_goes_elsewhere_and_comes_out_the_same(renderer, source, variables):
    assert await renderer.render(source, variables) == jinja2.Template(source).render(variables)
    assert learnt(renderer, source) is not None
    assert len(renderer._workers._processes._idle) == 1


async def test_a_template_is_compiled_once(renderer):
    await renderer.render("{{ x }}", {"x": 1})
    first = learnt(renderer, "{{ x }}")
    await renderer.render("{{ x }}", {"x": 2})
    assert learnt(renderer, "{{ x }}") is first


async def test_what_is_kept_of_templates_is_bounded_and_the_latest_used_stays(renderer):
    await renderer.render("{{ kept }}", {})
    for number in range(12):
        await renderer.render(f"{number}" + "x" * 100_000, {})
        await renderer.render("{{ kept }}", {})
    assert sum(map(len, renderer._compiled)) <= 1 << 20
    assert "{{ kept }}" in renderer._compiled
    assert "0" + "x" * 100_000 not in renderer._compiled


async def test_a_template_over_the_limit_of_length_is_refused(renderer):
    with pytest.raises(TemplateError, match="more than"):
        await renderer.render("x" * ((1 << 20) + 1), {})


async def test_a_template_over_its_time_is_ended_and_its_process_with_it():
    async with Renderer(400_000, 0.3) as renderer:
        await renderer.render("{{ 2 ** 2 }}", {})
        (process,) = renderer._workers._processes._idle
        with pytest.raises(TemplateError, match="TEMPLATE_TIMEOUT"):
            await renderer.render("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", {})
        assert process.returncode == -signal.SIGKILL
        assert await renderer.render("{{ 2 ** 2 }}", {}) == "4"


async def test_a_process_that_is_killed_is_replaced(renderer):
    await renderer.render("{{ 2 ** 2 }}", {})
    (process,) = renderer._workers._processes._idle
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert await renderer.render("{{ 2 ** 2 }}", {}) == "4"


async def test_a_process_has_nothing_of_our_environment(renderer, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_HOST", "a secret")
    await renderer.render("{{ 2 ** 2 }}", {})
    (process,) = renderer._workers._processes._idle
    assert b"SECRET_OF_THE_HOST" not in environment(process.pid)


async def test_no_process_is_left_at_the_end():
    async with Renderer(400_000, 2) as renderer:
        await asyncio.gather(*(renderer.render("{{ 2 ** 2 }}", {}) for _ in range(5)))
        processes = list(renderer._workers._processes._idle)
        assert 1 <= len(processes) <= 2
    assert all(process.returncode is not None for process in processes)


async def test_variables_that_are_not_json_cannot_go_elsewhere(renderer):
    with pytest.raises(TemplateError, match="not JSON"):
        await renderer.render("{{ n ** 2 }}", {"n": object()})


async def test_the_error_names_the_line(renderer):
    with pytest.raises(TemplateError, match="line 3"):
        await renderer.render("one\ntwo\n{% if %}", {})
