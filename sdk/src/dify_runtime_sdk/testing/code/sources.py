"""Code that the suite of executors runs, in both languages."""

from typing import Any, Final

from dify_runtime_sdk.code import CodeLanguage

PYTHON: Final = CodeLanguage.PYTHON3
JAVASCRIPT: Final = CodeLanguage.JAVASCRIPT

ECHO: Final = {
    PYTHON: "def main(value):\n    return {'value': value}",
    JAVASCRIPT: "function main({value}) { return {value} }",
}
"""Code that returns what it gets."""
VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -7,
    2.5,
    9_007_199_254_740_991,
    "",
    'Grüße, 日本語, 🙂, "quotes", \\, \n, \u2028, </script>, {{ inputs }}',
    [],
    {},
    [1, [2, [3, {"a": {"b": [None, False, "c"]}}]]],
    {"key with blanks": {"日本": ["語"]}},
)
BROKEN: Final = {
    PYTHON: {
        "no main": "x = 1",
        "no object": "def main(): return 1",
        "a list": "def main(): return [1]",
        "nothing": "def main(): pass",
        "a syntax error": "def main(:",
        "an exception": "def main(): raise ValueError('the reason is here')",
        "wrong arguments": "def main(other): return {}",
    },
    JAVASCRIPT: {
        "no main": "const x = 1",
        "no object": "function main() { return 1 }",
        "a list": "function main() { return [1] }",
        "nothing": "function main() {}",
        "a syntax error": "function main( {",
        "an exception": "function main() { throw new Error('the reason is here') }",
        "null": "function main() { return null }",
    },
}
ENDLESS: Final = {
    PYTHON: "def main():\n    while True:\n        pass",
    JAVASCRIPT: "function main() { for (;;); }",
}
GREEDY: Final = {
    PYTHON: "def main():\n    kept = []\n    while True:\n        kept.append('x' * 10_000_000)",
    JAVASCRIPT: "function main() { const kept = []; for (;;) kept.push(new Array(1000000).fill(1)); }",
}
LOUD: Final = {
    PYTHON: "def main():\n    for _ in range(100):\n        print('x' * 1_000_000)\n    return {'done': True}",
    JAVASCRIPT: "function main() { for (let i = 0; i < 100; i++) console.log('x'.repeat(1e6)); return {done: true} }",
}
LONG: Final = {
    PYTHON: "def main():\n    return {'text': 'x' * 100_000_000}",
    JAVASCRIPT: "function main() { return {text: 'x'.repeat(100000000)} }",
}
LEAVING: Final = {
    PYTHON: """
import builtins
def main():
    was = getattr(builtins, "left", None)
    builtins.left = 1
    return {"was": was}
""",
    JAVASCRIPT: "function main() { const was = globalThis.left ?? null; globalThis.left = 1; return {was} }",
}
READING: Final = {
    PYTHON: "def main(path):\n    with open(path) as file:\n        return {'text': file.read()}",
    JAVASCRIPT: "function main({path}) { return {text: require('fs').readFileSync(path, 'utf8')} }",
}
ENVIRONMENT: Final = {
    PYTHON: "import os\ndef main():\n    return dict(os.environ)",
    JAVASCRIPT: "function main() { return {...process.env} }",
}
CALLING: Final = {
    PYTHON: """
import socket
def main(port):
    socket.create_connection(("127.0.0.1", port), 2).close()
    return {"reached": 1}
""",
    JAVASCRIPT: "function main({port}) { const s = require('net').connect(port, '127.0.0.1'); return {reached: 0} }",
}
