"""What parent and workers tell each other."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from dify_runtime import __version__
from dify_runtime.errors import ServerError
from dify_runtime.server.orders import Order
from dify_runtime.server.report import Report, ready_lines, warning_lines


def test_an_order_is_read_as_it_was_written():
    order = Order("serve", report=4, listener=3, overrides={"DIFY_PORT": 0, "HOME": "/home"})
    assert Order.read(io.BytesIO(order.encode())) == order


def test_a_path_among_the_overrides_goes_as_text():
    order = Order("serve", overrides={"HOME": Path("/home")})
    assert Order.read(io.BytesIO(order.encode())).overrides == {"HOME": "/home"}


@pytest.mark.parametrize("line", [b"", b"hello\n", b'{"task": "serve", "more": 1}\n', b"[]\n"])
def test_anything_else_is_not_an_order(line):
    with pytest.raises(ServerError, match="serve --workers"):
        Order.read(io.BytesIO(line))


def test_a_worker_without_an_order_says_where_they_come_from():
    command = [sys.executable, "-m", "dify_runtime.server.worker"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "dify-runtime serve --workers N" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_is_read_as_it_was_written():
    report = Report(3, 12.5, {"bad": "reason\nin lines"}, ["banner"], ["cache"])
    assert report.encode().count(b"\n") == 1
    assert Report.decode(report.encode()) == report


def test_the_ready_line_comes_first_and_counts_in_words():
    lines = list(ready_lines(Report(1, banner=["banner"]), "http://127.0.0.1:5001", 0.2149))
    assert lines == [f"dify-runtime {__version__} ready at http://127.0.0.1:5001 (1 plugin, boot 0.21 s)", "banner"]


def test_a_failed_plugin_is_one_line_however_long_its_reason():
    assert list(warning_lines(Report(failures={"bad": "first\nsecond"}))) == [
        "warning: plugin 'bad' is out: first second"
    ]
