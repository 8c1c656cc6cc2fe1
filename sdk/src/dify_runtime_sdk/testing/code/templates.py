"""Templates that the suite of renderers renders."""

from typing import Any, Final

RENDERED: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    ("", {}, ""),
    ("plain", {}, "plain"),
    ("Hello {{ name }}!", {"name": "Grüße"}, "Hello Grüße!"),
    ("[{{ missing }}]", {}, "[]"),
    ("[{{ nothing }}]", {"nothing": None}, "[None]"),
    ("{{ yes }} {{ number }} {{ list }}", {"yes": True, "number": 2.5, "list": [1, "a"]}, "True 2.5 [1, 'a']"),
    ("one line\n", {}, "one line"),
    ("two lines\n\n", {}, "two lines\n"),
    ("{{ text }}", {"text": "<b>&'\"</b>"}, "<b>&'\"</b>"),
    ("{{ text|e }}", {"text": "<b>"}, "&lt;b&gt;"),
    ("{{ a.b.c }}{{ a['b'].c }}", {"a": {"b": {"c": 1}}}, "11"),
    ("{% if a %}yes{% else %}no{% endif %}", {"a": []}, "no"),
    ("{% for x in xs %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", {"xs": "ab"}, "1a,2b"),
    ("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", {"d": {"a": 1, "b": 2}}, "a=1;b=2;"),
    ("{{ xs|join(', ')|upper }} {{ d|tojson }}", {"xs": ["a", "b"], "d": {"k": None}}, 'A, B {"k": null}'),
    ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}{{ m(2) }}", {}, "<1><2>"),
    ("{% set n = namespace(s=0) %}{% for i in range(5) %}{% set n.s = n.s + i %}{% endfor %}{{ n.s }}", {}, "10"),
    ("{{ '%05.1f'|format(2.25) }} {{ 'a' * 3 }} {{ 2 ** 5 }} {{ a ~ 1 }}", {"a": "x"}, "002.2 aaa 32 x1"),
    ("{# note #}{% raw %}{{ x }}{% endraw %}", {}, "{{ x }}"),
)
ESCAPES: Final = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ x.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].environ }}",
    "{{ '{0.__class__.__base__}'.format(1) }}",
    "{{ xs.append(1) }}{{ xs }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
)
BOMBS: Final = (
    "{% for i in range(99999) %}{% for j in range(99999) %}{% for k in range(99999) %}{% endfor %}{% endfor %}"
    "{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{{ j }}{% endfor %}{% endfor %}",
    "{{ 'a' * 10**10 }}",
    "{{ 10 ** (10 ** 10) }}",
    "{{ 'a'|center(10000000000) }}",
    "{{ 'a'.ljust(10000000000) }}",
    "{{ 'a\\nb'|indent(10000000000) }}",
    "{{ '%10000000000d' % 1 }}",
    "{{ '{:10000000000}'.format(1) }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set n = namespace(a='x') %}{% for i in range(99) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a=[1]) %}{% for i in range(99) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}",
    "{{ range(10 ** 10)|list|length }}",
    "{{ ('x' * 100000)|replace('x', 'y' * 100000) }}",
    "{{ [1]|batch(10 ** 10, 'x')|list }}",
    "{{ lipsum(n=10 ** 8) }}",
)
WRONG: Final = (
    *("{{", "{% for %}", "{% endif %}", "{% if %}", "{{ x|nothing }}", "{{ a.b.c }}", "{{ 1 / 0 }}", "{{ 'x' + 1 }}"),
)
