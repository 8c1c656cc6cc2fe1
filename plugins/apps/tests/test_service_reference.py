"""The reference of the Service API is current, and so is the list of its operations."""

import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

from dify_apps.reference import render, service_groups
from dify_apps.routes.service import service_routes

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "service-api.md"


def test_the_page_lists_every_operation():
    assert PAGE.read_text(encoding="utf-8") == render(service_groups()), (
        "write it again: python -m dify_apps.reference docs/reference/service-api.md"
    )


@pytest.mark.parametrize("listed", service_routes(), ids=lambda listed: listed.routes)
def test_a_module_holds_the_operations_that_are_listed(listed):
    routes = list(resolve_name(listed.routes))
    assert [f"{route.method} {route.path}" for route in routes] == list(listed.operations)
    assert max(route.max_body or 0 for route in routes) == (listed.max_body or 0)


def test_the_list_imports_none_of_the_modules():
    code = """if True:
        import sys
        from dify_apps.routes.service import service_routes
        service_routes()
        print(*(name for name in sys.modules if name.startswith("dify_apps.routes.service.")))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["dify_apps.routes.service.limits"]
