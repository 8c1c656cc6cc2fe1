"""A model server behind an OpenAI-compatible API: it answers every question with the same five words."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

WORDS = ("These ", "are ", "all ", "my ", "words")
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


class _Handler(BaseHTTPRequestHandler):
    """Answers `POST /v1/chat/completions`, streamed or not."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        head = {"id": "1", "created": 1, "model": request["model"]}
        if not request.get("stream"):
            message = {"role": "assistant", "content": "".join(WORDS)}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            self._send("application/json", json.dumps({**head, "choices": [choice], "usage": USAGE}))
            return
        chunks: list[dict[str, Any]] = [{"index": 0, "delta": {"content": word}} for word in WORDS]
        chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        events: list[dict[str, Any]] = [{**head, "choices": [chunk]} for chunk in chunks]
        events[-1]["usage"] = USAGE
        lines = [*(json.dumps(event) for event in events), "[DONE]"]
        self._send("text/event-stream", "".join(f"data: {line}\n\n" for line in lines))

    def _send(self, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: tests print what they have to say."""


class ModelServer:
    """Serves in a thread, until it is closed."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
