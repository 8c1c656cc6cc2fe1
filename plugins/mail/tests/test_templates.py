"""Templates of features, and those that administrators write."""

import asyncio
import signal

import pytest

from dify_mail.templates.renderer import Renderer, languages
from dify_runtime_sdk import Registry, UnknownNameError
from dify_runtime_sdk.mail import MailRenderer, MailTemplateError, MailTemplates

FILES = {
    "en-US/invite.subject.txt": "{{ who }} invites\n  you\n",
    "en-US/invite.html": "<p>{{ who }}</p>",
    "en-US/invite.txt": "{{ who }}",
    "zh/invite.subject.txt": "{{ who }} 邀请您",
    "zh/invite.html": "<p>你好 {{ who }}</p>",
    "zh-Hant/invite.subject.txt": "{{ who }} 邀請您",
    "zh-Hant/invite.txt": "您好",
    "en-US/mute.subject.txt": "Nothing",
    "en-US/broken.subject.txt": "{% if %}",
    "en-US/sly.subject.txt": "{{ ''.__class__.__mro__ }}",
    "en-US/sly.txt": "x",
    "en-US/wrong.subject.txt": "{{ 1 / 0 }}",
    "en-US/base.html": "<main>{% block body %}{% endblock %}</main>",
    "en-US/child.subject.txt": "Child",
    "en-US/child.html": "{% extends 'en-US/base.html' %}{% block body %}{{ who }}{% endblock %}",
    "secret.subject.txt": "outside",
}


@pytest.fixture
def renderer(tmp_path):
    for path, text in FILES.items():
        (tmp_path / "mails" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mails" / path).write_text(text, encoding="utf-8")
    folders = Registry("folder of mail templates")
    folders.add("accounts", MailTemplates("accounts", tmp_path / "mails"), owner="accounts")

    def renderer(mode="sandbox", seconds=3):
        return Renderer(folders, mode, seconds)

    return renderer


async def test_a_template_gives_all_parts_and_escapes_html_alone(renderer):
    rendered = await renderer().render("accounts/invite", "en-US", {"who": "<Ada> & Bob"})
    assert rendered.subject == "<Ada> & Bob invites you"
    assert rendered.text == "<Ada> & Bob"
    assert rendered.html == "<p>&lt;Ada&gt; &amp; Bob</p>"


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("zh-Hans", "A 邀请您"),
        ("zh-Hant", "A 邀請您"),
        ("zh", "A 邀请您"),
        ("zh_CN", "A 邀请您"),
        ("fr-FR", "A invites you"),
        ("../zh", "A invites you"),
        ("", "A invites you"),
    ],
)
async def test_the_nearest_language_is_taken(locale, subject, renderer):
    assert (await renderer().render("accounts/invite", locale, {"who": "A"})).subject == subject


def test_the_language_itself_comes_first():
    assert languages("pt-BR") == ["pt-BR", "pt", "en-US"]
    assert languages("en-US") == ["en-US", "en"]


async def test_a_template_can_extend_another(renderer):
    assert (await renderer().render("accounts/child", "en-US", {"who": "A"})).html == "<main>A</main>"


@pytest.mark.parametrize("name", ["accounts/nothing", "accounts/../secret", "accounts/", "accounts"])
async def test_a_template_that_there_is_not_is_an_error(name, renderer):
    with pytest.raises(UnknownNameError, match="there is no mail template"):
        await renderer().render(name, "zh-Hans", {})


async def test_a_folder_that_there_is_not_is_an_error(renderer):
    with pytest.raises(UnknownNameError, match="known: accounts"):
        await renderer().render("apps/invite", "en-US", {})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("invite", "'who' is undefined"),
        ("mute", "a subject and nothing else"),
        ("broken", "TemplateSyntaxError"),
        ("sly", "SecurityError"),
        ("wrong", "ZeroDivisionError"),
    ],
)
async def test_a_template_that_fails_is_named(name, reason, renderer):
    with pytest.raises(MailTemplateError, match=rf"'accounts/{name}' cannot be rendered: .*{reason}") as caught:
        await renderer().render(f"accounts/{name}", "en-US", {})
    assert not caught.value.temporary


@pytest.mark.parametrize("mode", ["sandbox", "unsafe"])
async def test_an_administrators_text_is_rendered(mode, renderer):
    source, values = "Hi {{ user.name }}, {% for i in range(3) %}{{ i }}{% endfor %}", {"user": {"name": "<Ada> 世界"}}
    assert await renderer(mode).render_source(source, values) == "Hi &lt;Ada&gt; 世界, 012"
    assert await renderer(mode).render_source(source, values, html=False) == "Hi <Ada> 世界, 012"


async def test_a_text_stays_as_it_is_when_templates_are_disabled(renderer):
    assert await renderer("disabled").render_source("Hi {{ name }}", {}) == "Hi {{ name }}"


@pytest.mark.parametrize("mode", ["sandbox", "unsafe"])
@pytest.mark.parametrize(("source", "reason"), [("{{ missing }}", "'missing' is undefined"), ("{% if %}", "Syntax")])
async def test_an_administrators_mistake_is_explained(mode, source, reason, renderer):
    with pytest.raises(MailTemplateError, match=reason):
        await renderer(mode).render_source(source, {})


async def test_the_sandbox_keeps_a_template_from_the_inside(renderer):
    with pytest.raises(MailTemplateError, match="SecurityError"):
        await renderer().render_source("{{ ''.__class__.__mro__[1].__subclasses__() }}", {})


async def test_the_sandbox_knows_nothing_of_our_environment(renderer, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    source = "{{ cycler.__init__.__globals__.os.environ }}"
    with pytest.raises(MailTemplateError):
        await renderer().render_source(source, {})
    assert "hunter2" in await renderer("unsafe").render_source(source, {})


@pytest.mark.parametrize(
    "source",
    [
        "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 9 ** (9 ** 9) }}",
    ],
)
async def test_a_template_without_an_end_is_killed(source, renderer):
    with pytest.raises(MailTemplateError, match=r"longer than 1 s|was stopped for"):
        await renderer(seconds=1).render_source(source, {})


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 10 ** 10 }}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% for a in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{{ a }}{% endfor %}",
    ],
)
async def test_a_template_without_measure_is_refused(source, renderer):
    with pytest.raises(MailTemplateError, match=r"memory|more than"):
        await renderer(seconds=20).render_source(source, {})


async def test_a_value_that_json_does_not_have_is_refused(renderer):
    with pytest.raises(MailTemplateError, match="not of JSON"):
        await renderer().render_source("{{ x }}", {"x": object()})


async def test_a_rendering_that_is_cancelled_ends_its_process(renderer, monkeypatch):
    begun = asyncio.get_running_loop().create_future()
    begin = asyncio.create_subprocess_exec

    async def create_subprocess_exec(*command, **options):
        begun.set_result(await begin(*command, **options))
        return begun.result()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", create_subprocess_exec)
    source = "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}"
    rendering = asyncio.create_task(renderer(seconds=60).render_source(source, {}))
    process = await begun
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert process.returncode == -signal.SIGKILL


async def test_several_are_rendered_at_the_same_time(renderer):
    one = renderer()
    texts = await asyncio.gather(*(one.render_source("{{ n }}", {"n": n}) for n in range(5)))
    assert texts == ["0", "1", "2", "3", "4"]


async def test_the_service_is_made_from_the_settings(boot):
    settings = {"MAIL_TEMPLATING_MODE": "disabled", "MAIL_TEMPLATING_TIMEOUT": "5"}
    service = await (await boot(settings)).services.get(MailRenderer)
    assert await service.render_source("{{ x }}", {}) == "{{ x }}"
