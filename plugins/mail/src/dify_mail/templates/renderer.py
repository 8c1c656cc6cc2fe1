"""The service `MailRenderer`."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from jinja2 import FileSystemLoader, TemplateNotFound, select_autoescape
from jinja2.sandbox import SandboxedEnvironment

from dify_runtime_sdk import Registry, UnknownNameError
from dify_runtime_sdk.mail import MailTemplateError, MailTemplates, Rendered

from .sandbox import Sandbox
from .source import OPTIONS, render_text

_FALLBACK: Final = "en-US"
_LOCALE: Final = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_HINT: Final = "correct the template, or the values it is given"


class Renderer:
    """Satisfies `MailRenderer`."""

    def __init__(
        self, folders: Registry[MailTemplates], mode: Literal["unsafe", "sandbox", "disabled"], seconds: int
    ) -> None:
        """`mode` and `seconds` are for texts that administrators write."""
        self._folders = folders
        self._mode = mode
        self._sandbox = Sandbox(seconds)
        self._environments: dict[str, SandboxedEnvironment] = {}

    async def render(self, name: str, locale: str, values: Mapping[str, Any]) -> Rendered:
        """Render a template of a feature; raises `UnknownNameError` and `MailTemplateError`."""
        folder, _, template = name.partition("/")
        environment = self._environment(folder)
        return await asyncio.to_thread(_render, environment, name, template, languages(locale), values)

    async def render_source(self, source: str, values: Mapping[str, Any], *, html: bool = True) -> str:
        """Render a text of an administrator's; raises `MailTemplateError`."""
        if self._mode == "disabled":
            return source
        if self._mode == "sandbox":
            return await self._sandbox.render(source, values, html=html)
        try:
            return await asyncio.to_thread(render_text, source, values, html=html, sandboxed=False)
        except Exception as error:  # whatever an unlimited template does
            reason = f"the mail template cannot be rendered: {type(error).__name__}: {error}"
            raise MailTemplateError(reason, hint=_HINT) from error

    def _environment(self, folder: str) -> SandboxedEnvironment:
        environment = self._environments.get(folder)
        if environment is None:
            loader = FileSystemLoader(self._folders[folder].folder)
            environment = SandboxedEnvironment(loader=loader, autoescape=select_autoescape(("html",)), **OPTIONS)
            self._environments[folder] = environment
        return environment


def languages(locale: str) -> list[str]:
    """The folders to look into, best first: the language itself, without its region, the fallback."""
    if not _LOCALE.fullmatch(locale):
        return [_FALLBACK]
    return list(dict.fromkeys((locale, re.split("[-_]", locale, maxsplit=1)[0], _FALLBACK)))


def _render(
    environment: SandboxedEnvironment, name: str, template: str, locales: list[str], values: Mapping[str, Any]
) -> Rendered:
    try:
        for locale in locales:
            subject = _part(environment, f"{locale}/{template}.subject.txt", values)
            if subject is not None:
                text, html = (_part(environment, f"{locale}/{template}.{kind}", values) for kind in ("txt", "html"))
                if text is None and html is None:
                    raise ValueError("it has a subject and nothing else")
                return Rendered(" ".join(subject.split()), text or "", html or "")
    except Exception as error:  # whatever a template does
        reason = f"mail template {name!r} cannot be rendered: {type(error).__name__}: {error}"
        raise MailTemplateError(reason, hint=_HINT) from error
    hint = f"looked for in {', '.join(locales)}"
    raise UnknownNameError(f"there is no mail template {name!r}", hint=hint)


def _part(environment: SandboxedEnvironment, path: str, values: Mapping[str, Any]) -> str | None:
    try:
        found = environment.get_template(path)
    except TemplateNotFound:
        return None
    return found.render(values)
