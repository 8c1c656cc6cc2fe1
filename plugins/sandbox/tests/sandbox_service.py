"""A stand-in for Dify's sandbox service: its contract over HTTP, on loopback; what it runs is run in bubblewrap."""

import asyncio
import json
import resource
from asyncio.subprocess import PIPE

from dify_sandbox.local.command import bare, find_programs

KEY = "the-key-of-the-service"


class SandboxService:
    """Gives `answers` in order, each (status, body), the last one for ever; without any it runs what it is sent."""

    def __init__(self, *answers, timeout=2, tls=None):
        self.answers = list(answers)
        self.timeout = timeout
        self.tls = tls
        self.requests = []
        self.heads = []
        self.gone = asyncio.Event()
        self.reached = asyncio.Event()
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test is over
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        body = await reader.readexactly(size)
        self.heads.append(head)
        self.requests.append(json.loads(body) if body else None)
        self.reached.set()
        status, answer = await self._answer(head, self.requests[-1])
        if status is None:  # never
            await reader.read()
            self.gone.set()
            return
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(text)
        await writer.drain()

    async def _answer(self, head, order):
        if self.answers:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if head.startswith("get /health "):
            return 200, "ok"
        if f"x-api-key: {KEY}" not in head:
            return 401, b""
        data = await self._run(order["language"], order["code"])
        return 200, {"code": 0, "message": "success", "data": data}

    async def _run(self, language, code):
        programs = find_programs(None, None, None)
        inside = [programs.python, "-I", "-"] if language == "python3" else [programs.node, "-"]
        process = await asyncio.create_subprocess_exec(
            *map(str, (*bare(programs), *inside)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (256 << 20,) * 2),
        )
        try:
            async with asyncio.timeout(self.timeout):
                out, err = await process.communicate(code.encode())
        except TimeoutError:
            return {"stdout": "", "error": "process exited with code -1\nerror: timeout"}
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        error = f"process exited with code {process.returncode}\n{err.decode()}" if process.returncode else ""
        return {"stdout": out.decode(), "stderr": err.decode(), "error": error, "exit_code": process.returncode}
