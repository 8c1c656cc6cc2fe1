"""The conformance suite of template renderers."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
import json
from typing import Any

import pytest

from dify_runtime_sdk.code import TemplateError, TemplateRenderer

from .templates import BOMBS, ESCAPES, RENDERED, WRONG


class TemplateRendererSuite:
    """What every `TemplateRenderer` must do; subclass it like `CodeExecutorSuite`.

    The fixture is `renderer`, with limits of a few seconds and of 400,000 characters at most.
    """

    pytestmark = pytest.mark.asyncio

    @pytest.mark.parametrize(("source", "variables", "text"), RENDERED, ids=lambda part: None)
    async def test_templates_give_what_jinja_gives(
        self, renderer: TemplateRenderer, source: str, variables: dict[str, Any], text: str
    ) -> None:
        """With its default options: nothing for what is missing, no escaping, the last line break dropped."""
        for _ in range(2):
            assert await renderer.render(source, variables) == text

    @pytest.mark.parametrize("source", ESCAPES)
    async def test_there_is_no_way_out(self, renderer: TemplateRenderer, source: str) -> None:
        """Nothing but the variables is within reach, and they stay as they are."""
        variables = {"x": {"y": 1}, "xs": [1]}
        try:
            text = await renderer.render(source, variables)
        except TemplateError:
            text = ""
        assert text.strip() == ""
        assert json.dumps(variables) == '{"x": {"y": 1}, "xs": [1]}'

    @pytest.mark.parametrize("source", BOMBS)
    async def test_a_bomb_is_an_error_and_the_event_loop_goes_on(self, renderer: TemplateRenderer, source: str) -> None:
        """Neither time nor memory of others is taken."""
        rounds = 0
        bomb = asyncio.ensure_future(renderer.render(source, {}))
        while not bomb.done():
            await asyncio.wait({bomb}, timeout=0.01)
            rounds += 1
        assert isinstance(bomb.exception(), TemplateError)
        assert rounds > 0
        assert await renderer.render("{{ x }}", {"x": 1}) == "1"

    @pytest.mark.parametrize("source", WRONG)
    async def test_a_wrong_template_is_an_error(self, renderer: TemplateRenderer, source: str) -> None:
        """When it is parsed or when it is rendered."""
        with pytest.raises(TemplateError):
            await renderer.render(source, {})

    async def test_too_much_text_is_an_error(self, renderer: TemplateRenderer) -> None:
        """Also when it is all in the variables."""
        with pytest.raises(TemplateError):
            await renderer.render("{{ x }}{{ x }}", {"x": "y" * 300_000})

    async def test_a_cancelled_rendering_ends(self, renderer: TemplateRenderer) -> None:
        """And the next one works."""
        rendering = asyncio.ensure_future(renderer.render(BOMBS[0], {}))
        await asyncio.sleep(0.05)  # into the rendering
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert await renderer.render(RENDERED[15][0], {}) == RENDERED[15][2]
