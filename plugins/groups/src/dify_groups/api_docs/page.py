"""The Swagger UI page of one group."""

import json
from html import escape
from typing import Final

from dify_runtime_sdk.http import ApiDocs, BlueprintGroup

ASSETS: Final = "/api-docs"
"""Where the page's scripts and styles are served."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({options});</script>
</body>
</html>
"""


def render(group: BlueprintGroup, root_path: str) -> str:
    """The page; everything it loads comes from this server, and the outside validator's badge is off."""
    docs = group.docs or ApiDocs()
    options = {
        "url": root_path + group.prefix + docs.document,
        "dom_id": "#swagger-ui",
        "deepLinking": True,
        "validatorUrl": None,
    }
    return _PAGE.format(
        title=escape(group.description or group.name),
        assets=escape(root_path + ASSETS),
        options=json.dumps(options).replace("<", "\\u003c"),  # a "</script>" in it would end the script
    )
