"""Debian's Chromium without a window, driven over two pipes by its DevTools protocol: no server, no further library."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

PROGRAM: Final = shutil.which("chromium")
_FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--no-proxy-server", "--remote-debugging-pipe"),
)
_RENAMING: Final = """if True:
    import fcntl, os, sys
    read, write = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
    os.dup2(read, 3)
    os.dup2(write, 4)
    os.execv(sys.argv[3], sys.argv[3:])"""
"""Becomes the browser, with two given descriptors as 3 and 4: those the protocol wants, which a parent needs itself."""
_PATIENCE: Final = 60.0
"""Seconds until something on a page has to have happened."""


class PageError(Exception):
    """The browser refused a command, or a script on a page failed."""


class Browser:
    """One browser; commands and their answers are JSON texts that end with a zero byte."""

    def __init__(self, write: int, read: asyncio.StreamReader) -> None:
        self._write = write
        self._read = read
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.errors: list[str] = []
        """What the pages wrote to their consoles as errors, exceptions among it."""

    async def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command, and wait for its result; raises `PageError`."""
        number = next(self._ids)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = await asyncio.wait_for(waiting, _PATIENCE)
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def listen(self) -> None:
        """Hand out answers until the browser is gone."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                message = json.loads((await self._read.readuntil(b"\0"))[:-1])
                if message.get("id") in self._waiting:
                    self._waiting.pop(message["id"]).set_result(message)
                elif message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                    self._note(message["params"])

    def _note(self, told: dict[str, Any]) -> None:
        if "exceptionDetails" in told or told["entry"]["level"] == "error":
            self.errors.append(json.dumps(told))

    async def open(self, url: str, *, width: int = 1200, height: int = 800, dark: bool = False) -> "Page":
        """A new tab with the page, loaded."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log"):
            await page.call(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await page.call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await page.call("Emulation.setDeviceMetricsOverride", **size)
        await page.call("Page.navigate", url=url)
        await page.loaded("location.href !== 'about:blank'")
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command for this tab."""
        return await self._browser.call(method, self._session, **parameters)

    async def value(self, expression: str) -> Any:
        """What an expression of JavaScript is, awaited; raises `PageError`."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise PageError(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    async def until(self, condition: str) -> None:
        """Look until an expression of JavaScript is true; raises `PageError` when that takes too long."""
        last = asyncio.get_running_loop().time() + _PATIENCE
        while not await self._is(condition):
            if asyncio.get_running_loop().time() > last:
                raise PageError(f"never true: {condition}")
            await asyncio.sleep(0.02)

    async def loaded(self, condition: str) -> None:
        """Wait for the page of which the condition is true, until its scripts have begun."""
        await self.until(f"{condition} && document.readyState === 'complete'")

    async def _is(self, condition: str) -> bool:
        try:
            return bool(await self.value(f"Boolean({condition})"))
        except PageError:  # the page is being left for another one, or has not got that far
            return False

    async def text(self, selector: str) -> str:
        """The text of the first element that a selector finds."""
        return str(await self.value(f"document.querySelector({json.dumps(selector)}).textContent.trim()"))

    async def click(self, selector: str) -> None:
        """Click the first element that a selector finds."""
        await self.value(f"document.querySelector({json.dumps(selector)}).click()")

    async def write(self, selector: str, text: str) -> None:
        """Type a text into a field."""
        await self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        """Press a key where the focus is."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **named, **({"text": "\r"} if code == 13 else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    async def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG file."""
        picture = base64.b64decode((await self.call("Page.captureScreenshot"))["data"])
        await asyncio.to_thread(path.write_bytes, picture)


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Browser]:
    """A browser with an empty profile, until the block ends."""
    assert PROGRAM, "install Debian's package chromium"
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _RENAMING, str(from_us), str(to_us), PROGRAM, *_FLAGS, f"--user-data-dir={profile}"),
        pass_fds=(from_us, to_us),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(from_us)
    os.close(to_us)
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    pipe = os.fdopen(from_browser, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    browser = Browser(to_browser, reader)
    listening = asyncio.create_task(browser.listen())
    try:
        yield browser
        with contextlib.suppress(PageError, TimeoutError):
            await browser.call("Browser.close")
    finally:
        os.close(to_browser)  # the browser ends with its pipe
        await process.wait()
        await listening
        transport.close()
