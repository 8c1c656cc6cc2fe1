"""The reference of the Service API is current."""

from pathlib import Path

from dify_apps.reference import render
from dify_apps.routes.service import service_routes

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "service-api.md"


def test_the_page_lists_every_operation():
    assert PAGE.read_text(encoding="utf-8") == render(service_routes()), (
        "write it again: python -m dify_apps.reference docs/reference/service-api.md"
    )
