"""The conformance suite of blueprint groups finds what is wrong."""

import pytest

from dify_runtime_sdk.http import (
    ApiDocs,
    BlueprintGroup,
    CorsPolicy,
    ErrorAnswer,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    StandardErrors,
)
from dify_runtime_sdk.testing import BlueprintGroupSuite


class Shape:
    """A shape that answers with what a function makes of the error."""

    def __init__(self, make):
        self.render = make


def shaped(make):
    return BlueprintGroup("x", "/x", errors=Shape(make))


def with_cors(**options):
    given = {"origins": ("*",), "methods": ("GET",), "headers": ("Content-Type",), **options}
    return BlueprintGroup("x", "/x", cors=CorsPolicy(**given))


def changes_the_error(error):
    error.fields["seen"] = True
    return StandardErrors().render(error)


def counts(seen):
    def make(error):
        seen.append(error)
        return ErrorAnswer(error.status, {"number": len(seen)}, error.headers)

    return make


SUITE = BlueprintGroupSuite()


@pytest.mark.parametrize(
    ("check", "group"),
    [
        (SUITE.test_its_name_is_well_formed_and_not_the_hosts, BlueprintGroup("root", "/x")),
        (SUITE.test_its_name_is_well_formed_and_not_the_hosts, BlueprintGroup("My group", "/x")),
        (SUITE.test_its_prefixes_are_well_formed_and_different, BlueprintGroup("x", "/x/")),
        (SUITE.test_its_prefixes_are_well_formed_and_different, BlueprintGroup("x", "/x", aliases=("/x",))),
        (SUITE.test_its_cors_policy_is_well_formed, with_cors(origins=("https://a.example/",))),
        (SUITE.test_its_cors_policy_is_well_formed, with_cors(origins=("https://a.example ",))),
        (SUITE.test_its_cors_policy_is_well_formed, with_cors(methods=("get",))),
        (SUITE.test_its_cors_policy_is_well_formed, with_cors(expose=("X Version",))),
        (SUITE.test_its_docs_have_two_places, BlueprintGroup("x", "/x", docs=ApiDocs("/a", "/a"))),
        (SUITE.test_its_docs_have_two_places, BlueprintGroup("x", "/x", docs=ApiDocs("a", "/b"))),
        (
            SUITE.test_the_cause_of_an_internal_error_stays_inside,
            shaped(lambda error: ErrorAnswer(500, {"why": repr(error.__cause__)})),
        ),
    ],
)
def test_a_wrong_group_fails(check, group):
    with pytest.raises((AssertionError, TypeError)):
        check(group)


@pytest.mark.parametrize(
    ("check", "group", "kind"),
    [
        (
            SUITE.test_it_words_every_error_as_a_valid_answer,
            shaped(lambda error: ErrorAnswer(200, {"error": error.message})),
            NotFound,
        ),
        (SUITE.test_it_words_every_error_as_a_valid_answer, shaped(lambda error: ErrorAnswer(404, "")), NotFound),
        (
            SUITE.test_it_words_every_error_as_a_valid_answer,
            shaped(lambda error: ErrorAnswer(404, {"error": error})),
            NotFound,
        ),
        (SUITE.test_it_words_the_same_error_alike, shaped(changes_the_error), NotFound),
        (SUITE.test_it_words_the_same_error_alike, shaped(counts([])), NotFound),
        (SUITE.test_it_keeps_the_headers_of_an_error, shaped(lambda error: ErrorAnswer(405, {})), MethodNotAllowed),
        (
            SUITE.test_what_the_client_sent_stays_out_of_the_headers,
            shaped(lambda error: ErrorAnswer(404, {}, {"X-Error": error.message})),
            NotFound,
        ),
        (
            SUITE.test_a_page_escapes_the_message,
            shaped(lambda error: ErrorAnswer(500, f"<p>{error.message}</p>")),
            InternalServerError,
        ),
    ],
)
def test_a_wrong_shape_fails(check, group, kind):
    with pytest.raises((AssertionError, TypeError, KeyError)):
        check(group, kind)
