"""What goes around code on its way to the service, and how the result is found in what comes back.

The service runs a program and returns what it printed. So code gets an end that calls `main` and prints the result
between two marks.
"""

import base64
import re
from typing import Final

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLanguage

from ..answers import inputs_of

LANGUAGES: Final = {CodeLanguage.PYTHON3: "python3", CodeLanguage.JAVASCRIPT: "nodejs"}
"""What the service calls the languages."""
_MARK: Final = "<<RESULT>>"
_INPUTS: Final = "{{inputs}}"
_ENDS: Final = {
    CodeLanguage.PYTHON3: f"""
import json as _json
from base64 import b64decode as _decoded
_result = main(**_json.loads(_decoded("{_INPUTS}").decode("utf-8")))
print("{_MARK}" + _json.dumps(_result) + "{_MARK}")
""",
    CodeLanguage.JAVASCRIPT: f"""
const $result = main(JSON.parse(Buffer.from("{_INPUTS}", "base64").toString("utf-8")));
console.log("{_MARK}" + JSON.stringify($result) + "{_MARK}");
""",
}
_BETWEEN: Final = re.compile(f"{_MARK}(.*){_MARK}", re.DOTALL)


def program_of(call: CodeCall) -> str:
    """The code with its end.

    As with Dify, the inputs are put into the whole of it: code that holds the text `{{inputs}}` is altered too.
    """
    inputs = base64.b64encode(inputs_of(call).encode(errors="replace")).decode()
    return (call.source + "\n" + _ENDS[call.language]).replace(_INPUTS, inputs)


def result_in(printed: str) -> bytes:
    """The text between the first mark and the last; raises `CodeExecutionError` when there are no two."""
    found = _BETWEEN.search(printed)
    if found is None:
        raise CodeExecutionError("the code ended without a result", hint="main must return an object")
    return found.group(1).encode(errors="replace")
