"""The pages in a browser: what is typed, what is seen."""

import pytest

from .chromium import PROGRAM, chromium

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="Debian's package chromium is not installed"),
    pytest.mark.xdist_group("welcome-browser"),
    pytest.mark.timeout(240),
]
ENTER = ("Enter", 13)
ESCAPE = ("Escape", 27)
IDLE = "document.querySelectorAll('.question').length === {turns} && document.getElementById('stop').hidden"


@pytest.fixture
async def browser(tmp_path):
    """A browser; whatever its pages complain of fails the test."""
    async with chromium(tmp_path / "profile") as browser:
        yield browser
    assert browser.errors == []


async def test_from_the_overview_to_a_conversation(browser, scripted_server):
    page = await browser.open(scripted_server.url)
    assert await page.text("h2") == "Apps"
    await page.value("[...document.querySelectorAll('.card a')].find(link => link.textContent === 'Help desk').click()")
    await page.loaded("document.title.startsWith('Help desk')")
    await page.write("#query", "How are you?")
    await page.press(*ENTER)
    await page.until(IDLE.format(turns=1))
    assert await page.text(".question .text") == "How are you?"
    assert await page.text(".question + .answer .text") == "You said: <b>How are you?</b> & more"
    assert await page.value("document.querySelector('.answer b')") is None
    await page.write("#query", "Your hours?")
    await page.click("#send")
    await page.until(IDLE.format(turns=2))
    assert (await page.text(".turn:last-child .text")).startswith("We are here from 9 to 5")


async def test_an_answer_is_seen_as_it_comes_and_can_be_stopped(browser, scripted_server):
    page = await browser.open(f"{scripted_server.url}/try/{scripted_server.app('Chat')}")
    await page.write("#query", "Tell me a long story")
    await page.press(*ENTER)
    await page.until("document.querySelector('[aria-busy] .text')?.textContent.length > 20")
    assert await page.value("document.getElementById('send').hidden")
    await page.press(*ESCAPE)
    await page.until(IDLE.format(turns=1))
    assert len(await page.text(".question + .answer .text")) < 3000
    await page.click("#new")
    assert await page.value("document.querySelectorAll('.turn').length") == 1
    await page.write("#query", "Hello")
    await page.press(*ENTER)
    await page.until(IDLE.format(turns=1))
    assert await page.text(".question + .answer .text") == "You said: <b>Hello</b> & more"


async def test_a_suggestion_is_a_question(browser, scripted_server):
    page = await browser.open(f"{scripted_server.url}/try/{scripted_server.app('Chat')}")
    await page.click("#suggestions button")
    await page.until(IDLE.format(turns=1))
    assert await page.text(".question .text") == "What can you do?"
    assert await page.value("document.getElementById('suggestions')") is None


async def test_a_workflow_is_a_form_and_its_steps(browser, scripted_server):
    page = await browser.open(f"{scripted_server.url}/try/{scripted_server.app('Greeting')}")
    await page.click("#send")
    assert await page.value("document.querySelector('[name=name]').matches(':invalid')")
    await page.write("[name=name]", "<i>Ann</i>")
    await page.press(*ENTER)
    await page.until("document.getElementById('state').textContent === 'succeeded'")
    assert await page.text("#outputs dt") == "greeting"
    assert await page.text("#outputs pre") == "Hello <i>Ann</i>."
    steps = await page.value("[...document.querySelectorAll('#steps li > :first-child')].map(step => step.textContent)")
    assert steps == ["Start", "Often?", "Say", "Either", "End"]


async def test_what_goes_wrong_is_said_where_it_is_seen(browser, scripted_server):
    page = await browser.open(f"{scripted_server.url}/try/{scripted_server.app('Chat')}")
    await page.value(
        "(document.getElementById('main').dataset.try, window.fetch = () => Promise.reject(new TypeError()), 0)"
    )
    await page.write("#query", "Hello")
    await page.press(*ENTER)
    await page.until(IDLE.format(turns=1))
    assert await page.text(".answer .notice") == "The server does not answer. Is it still running?"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1200])
async def test_everything_fits_and_has_a_name(browser, scripted_server, width, dark):
    for path in ("/", f"/try/{scripted_server.app('Chat')}", f"/try/{scripted_server.app('Greeting')}"):
        page = await browser.open(scripted_server.url + path, width=width, dark=dark)
        assert await page.value("document.documentElement.scrollWidth <= innerWidth"), path
        await page.call("Accessibility.enable")
        tree = (await page.call("Accessibility.getFullAXTree"))["nodes"]
        roles = {"button", "textbox", "link", "spinbutton", "combobox", "checkbox", "log", "table"}
        shown = [node for node in tree if node.get("role", {}).get("value") in roles and not node.get("ignored")]
        assert shown
        assert [node["role"]["value"] for node in shown if not node.get("name", {}).get("value")] == []
