"""The conformance suite of blueprint groups."""
# ruff: noqa: S101 - the assertions are the suite

import json
import re
from collections.abc import Mapping

import pytest

from dify_runtime_sdk.http import (
    ROOT,
    BadRequest,
    BlueprintGroup,
    ErrorAnswer,
    Forbidden,
    HttpError,
    InternalServerError,
    InvalidParam,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Unauthorized,
    UnknownRoute,
)

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ORIGIN = re.compile(r"\*|null||[a-z][a-z0-9+.-]*://[^/\s]+", re.IGNORECASE)


class _Teapot(HttpError):
    status = 418
    code = "teapot"
    default_message = "Short and stout."


_STANDARD = (
    BadRequest,
    InvalidParam,
    Unauthorized,
    Forbidden,
    NotFound,
    UnknownRoute,
    MethodNotAllowed,
    PayloadTooLarge,
    InternalServerError,
    _Teapot,
)

every_error = pytest.mark.parametrize("kind", _STANDARD, ids=lambda kind: kind.__name__)


class BlueprintGroupSuite:
    """What every `BlueprintGroup` must be; subclass it in a test module and pytest runs it.

        class TestMyGroup(BlueprintGroupSuite):
            \"\"\"My group is well formed.\"\"\"

    It asks for one fixture, `group`, which you define in the class, in the module or in `conftest.py`: the group as
    your plugin contributes it.
    """

    def test_its_name_is_well_formed_and_not_the_hosts(self, group: BlueprintGroup) -> None:
        """Features name the group in their routes; `root` is taken."""
        assert _NAME.fullmatch(group.name)
        assert group.name != ROOT

    def test_its_prefixes_are_well_formed_and_different(self, group: BlueprintGroup) -> None:
        """A prefix begins with a slash, does not end with one, and has no variables."""
        prefixes = (group.prefix, *group.aliases)
        assert [prefix for prefix in prefixes if not _PREFIX.fullmatch(prefix)] == []
        assert len(set(prefixes)) == len(prefixes)

    def test_its_cors_policy_is_well_formed(self, group: BlueprintGroup) -> None:
        """Origins are `*` or a scheme and a host without a path; methods and headers are tokens."""
        if group.cors is None:
            return
        assert [origin for origin in group.cors.origins if not _ORIGIN.fullmatch(origin)] == []
        assert group.cors.methods == tuple(method.upper() for method in group.cors.methods)
        tokens = (*group.cors.methods, *group.cors.headers, *group.cors.expose)
        assert [token for token in tokens if not _TOKEN.fullmatch(token)] == []

    def test_its_docs_have_two_places(self, group: BlueprintGroup) -> None:
        """Document and page are at different paths below the prefix."""
        if group.docs is None:
            return
        assert group.docs.document.startswith("/")
        assert group.docs.page.startswith("/")
        assert group.docs.document != group.docs.page

    @every_error
    def test_it_words_every_error_as_a_valid_answer(self, group: BlueprintGroup, kind: type[HttpError]) -> None:
        """An error of the client stays one, and what is sent is JSON or a page."""
        answer = group.errors.render(kind("what went wrong"))
        assert answer.status // 100 == kind.status // 100
        assert isinstance(answer.body, (str, Mapping))
        assert _text(answer)

    @every_error
    def test_it_words_the_same_error_alike(self, group: BlueprintGroup, kind: type[HttpError]) -> None:
        """Wording has no side effects: not on the shape, not on the error."""
        error = kind("what went wrong", headers={"X-Extra": "1"}, fields={"extra": 1})
        first = group.errors.render(error)
        assert group.errors.render(error) == first
        assert (error.headers, error.fields) == ({"X-Extra": "1"}, {"extra": 1})

    @every_error
    def test_it_keeps_the_headers_of_an_error(self, group: BlueprintGroup, kind: type[HttpError]) -> None:
        """`Allow`, `Retry-After` and the like reach the client."""
        answer = group.errors.render(kind(headers={"Retry-After": "7"}))
        assert answer.headers["Retry-After"] == "7"

    @every_error
    def test_what_the_client_sent_stays_out_of_the_headers(self, group: BlueprintGroup, kind: type[HttpError]) -> None:
        """A message can quote the client; in a header it could add more of them."""
        answer = group.errors.render(kind("x\r\nSet-Cookie: stolen=1"))
        assert [value for value in answer.headers.values() if "\r" in value or "\n" in value] == []

    @every_error
    def test_a_page_escapes_the_message(self, group: BlueprintGroup, kind: type[HttpError]) -> None:
        """A message can quote the client; in a page it could run."""
        answer = group.errors.render(kind("<script>alert(1)</script>"))
        assert not (isinstance(answer.body, str) and "<script>alert(1)" in answer.body)

    def test_the_cause_of_an_internal_error_stays_inside(self, group: BlueprintGroup) -> None:
        """Clients learn that it failed, not why."""
        error = InternalServerError()
        error.__cause__ = RuntimeError("hunter2")
        answer = group.errors.render(error)
        assert "hunter2" not in _text(answer)
        assert "hunter2" not in repr(answer.headers)


def _text(answer: ErrorAnswer) -> str:
    """The body as it goes over the wire."""
    return answer.body if isinstance(answer.body, str) else json.dumps(dict(answer.body))
