import json
import logging
import sys
from datetime import datetime

import pytest
from pydantic import ValidationError

from dify_foundation.log.context import CURRENT, LogContext
from dify_foundation.log.formatters import make_formatter, severity
from dify_foundation.log.settings import LoggingSettings
from dify_foundation.log.sinks import ContextFilter

SECRET = "hunter2XYZ"
AT = 1_767_323_045.678  # 2026-01-02T03:04:05.678Z


@pytest.fixture
def render():
    """Render one record as a handler with these settings would."""

    def render(settings=None, context=None, **attributes):
        basis = {"name": "x", "levelno": 20, "levelname": "INFO", "msg": "hello", "created": AT, "msecs": 678}
        basis |= {"filename": "file.py", "lineno": 7, "threadName": "MainThread"}
        record = logging.makeLogRecord(basis | attributes)
        token = CURRENT.set(context)
        try:
            ContextFilter().filter(record)
        finally:
            CURRENT.reset(token)
        return make_formatter(settings or LoggingSettings()).format(record)

    return render


@pytest.fixture
def render_json(render):
    settings = LoggingSettings(LOG_OUTPUT_FORMAT="json", APPLICATION_NAME="svc")
    return lambda context=None, **attributes: json.loads(render(settings, context, **attributes))


def raised(error):
    try:
        raise error
    except type(error):
        return sys.exc_info()


def test_a_text_line_has_time_level_thread_place_and_trace_id(render):
    context = LogContext()
    line = render(context=context)
    assert line == f"2026-01-02 03:04:05.678 INFO [MainThread] [file.py:7] {context.trace_id} - hello"


def test_a_line_outside_a_request_has_a_dash_for_its_ids(render):
    settings = LoggingSettings(LOG_FORMAT="%(req_id)s %(trace_id)s %(span_id)s %(message)s")
    assert render(settings) == "- - - hello"


def test_the_zone_and_the_pattern_of_the_time_can_be_set(render):
    settings = LoggingSettings(LOG_TZ="Asia/Tokyo", LOG_DATEFORMAT="%H:%M %z", LOG_FORMAT="%(asctime)s %(message)s")
    assert render(settings) == "12:04 +0900 hello"


def test_without_a_zone_the_process_decides(render):
    settings = LoggingSettings(LOG_TZ="", LOG_DATEFORMAT="%H:%M", LOG_FORMAT="%(asctime)s")
    assert render(settings) == datetime.fromtimestamp(AT).strftime("%H:%M")  # noqa: DTZ006 - local time is the point


def test_a_pattern_without_milliseconds_gets_them_in_the_time(render):
    assert render(LoggingSettings(LOG_FORMAT="%(asctime)s")) == "2026-01-02 03:04:05,678"


def test_a_traceback_follows_the_text_line_without_secrets(render):
    line = render(exc_info=raised(ValueError(f"connect to redis://:{SECRET}@cache failed")))
    assert "Traceback" in line
    assert "redis://:***@cache" in line


def test_secrets_are_masked_in_message_and_arguments(render, render_json):
    logged = {"msg": "call with %s", "args": (f"api_key={SECRET}",)}
    assert render(**logged).endswith("call with api_key=***")
    assert render_json(**logged)["message"] == "call with api_key=***"


def test_a_json_line_has_the_agreed_members(render_json):
    assert render_json() == {
        "ts": "2026-01-02T03:04:05.678Z",
        "severity": "INFO",
        "service": "svc",
        "caller": "file.py:7",
        "message": "hello",
    }


def test_a_json_line_of_a_request_has_its_ids_and_identity(render_json):
    context = LogContext()
    context.span_id = "b" * 16
    context.identity = {"tenant_id": "t", "user_id": "u", "user_type": "account"}
    line = render_json(context)
    assert line["trace_id"] == context.trace_id
    assert line["span_id"] == "b" * 16
    assert line["identity"] == {"tenant_id": "t", "user_id": "u", "user_type": "account"}


def test_extra_attributes_are_shown_without_secrets(render_json):
    line = render_json(order=7, attributes={"password": SECRET, "note": f"token={SECRET}", "big": 2**70})
    assert line["attributes"] == {"order": 7, "password": "***", "note": "token=***", "big": 2**70}


@pytest.mark.parametrize(
    ("level", "shown"), [(logging.WARNING, False), (logging.ERROR, True), (logging.CRITICAL, True)]
)
def test_a_stack_trace_is_shown_from_error_on(render_json, level, shown):
    line = render_json(levelno=level, exc_info=raised(ValueError(f"token={SECRET}")))
    assert ("stack_trace" in line) is shown
    if shown:
        assert line["stack_trace"].endswith("ValueError: token=***")


def test_a_stack_without_an_exception_is_shown_too(render_json):
    assert render_json(levelno=logging.ERROR, stack_info="Stack (most recent call last):")["stack_trace"]


def test_levels_have_the_agreed_words():
    levels = (5, logging.DEBUG, 15, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
    assert [severity(level) for level in levels] == ["DEBUG", "DEBUG", "DEBUG", "INFO", "WARN", "ERROR", "ERROR"]


def test_lone_surrogates_do_not_break_a_line(render, render_json):
    assert "\\ud800" in render(msg="bad \ud800 text")
    assert render_json(msg="bad \ud800 text")["message"] == "bad \ud800 text"


@pytest.mark.parametrize(
    "wrong",
    [
        {"LOG_LEVEL": "LOUD"},
        {"LOG_TZ": "Mars/Olympus"},
        {"LOG_TZ": "../etc/passwd"},
        {"LOG_FORMAT": "%(nonsense)s"},
        {"LOG_FORMAT": "plain"},
        {"LOG_FILE_MAX_SIZE": 0},
        {"LOG_OUTPUT_FORMAT": "xml"},
    ],
)
def test_settings_that_would_break_every_line_are_refused_at_boot(wrong):
    with pytest.raises(ValidationError):
        LoggingSettings(**wrong)


def test_levels_may_be_written_in_lower_case_and_blank_means_unset():
    settings = LoggingSettings(LOG_LEVEL="debug", LOG_FILE=" ", LOG_TZ="", LOG_DATEFORMAT="")
    assert (settings.LOG_LEVEL, settings.LOG_FILE, settings.LOG_TZ, settings.LOG_DATEFORMAT) == (
        "DEBUG",
        None,
        None,
        None,
    )
