"""`dify-runtime graph`: an app file drawn."""

from xml.etree import ElementTree as ET

import pytest

from dify_workflow.drawing import sketch, to_mermaid, to_svg, to_text

SVG = "{http://www.w3.org/2000/svg}"


def graph_of(*edges, inside=(), titles=()):
    names = list(dict.fromkeys(part.partition(":")[0] for edge in edges for part in edge.split(">")))
    nodes = [
        {"id": name, "data": {"title": dict(titles).get(name, name.upper()), "type": f"type-{name}"}} for name in names
    ]
    for node in nodes:
        if node["id"] in dict(inside):
            node["parentId"] = dict(inside)[node["id"]]
    links = []
    for edge in edges:
        left, right = edge.split(">")
        source, _, handle = left.partition(":")
        links.append({"source": source, "target": right, "sourceHandle": handle or "source"})
    return {"nodes": nodes, "edges": links}


def test_text_is_the_default(command):
    done = command("graph", "greeting.yml")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "Start (start, start)",
            "  -> Say (say)",
            "Say (template-transform, say)",
            "  -> End (end)",
            "End (end, end)",
        ],
    )


@pytest.mark.parametrize(("form", "first"), [("mermaid", "flowchart LR"), ("svg", "<svg ")])
def test_other_forms_are_asked_for(command, form, first):
    done = command("graph", "chat.yml", "--format", form)
    assert done.returncode == 0
    assert done.stdout.startswith(first)


def test_an_app_without_a_graph_is_refused(command):
    command.write("chat-app.yml", "app: {mode: chat}\nmodel_config: {model: {provider: p, name: n}}")
    done = command("graph", "chat-app.yml")
    assert done.returncode == 1
    assert "mode chat has no graph" in done.stderr


def test_layers_follow_the_longest_way():
    layers = sketch(graph_of("a>b", "a>c", "c>b", "b>d")).layers()
    assert [[shape.id for shape in layer] for layer in layers] == [["a"], ["c"], ["b"], ["d"]]


def test_a_circle_is_drawn_all_the_same():
    layers = sketch(graph_of("a>b", "b>c", "c>b")).layers()
    assert [sorted(shape.id for shape in layer) for layer in layers] == [["a"], ["b", "c"]]
    assert to_svg(sketch(graph_of("a>a"))).count("<rect") == 1


def test_containers_are_drawn_around_what_is_in_them():
    graph = graph_of("a>loop", "in>step", "loop>z", inside={"in": "loop", "step": "loop"}.items())
    drawn = to_mermaid(sketch(graph)).splitlines()
    assert drawn[2] == '  subgraph n1["LOOP (type-loop)"]'
    assert drawn[3:6] == ['    n2["IN (type-in)"]', '    n3["STEP (type-step)"]', "    n2 --> n3"]
    assert "  | IN (type-in, in)" in to_text(sketch(graph)).splitlines()
    svg = ET.fromstring(to_svg(sketch(graph)))
    outer = next(rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "container")
    inner = [rect for rect in svg.iter(f"{SVG}rect") if rect is not outer and within(rect, outer)]
    assert len(inner) == 2


def within(rect, outer):
    left, top = (float(rect.get(name)) - float(outer.get(name)) for name in ("x", "y"))
    return 0 < left < float(outer.get("width")) and 0 < top < float(outer.get("height"))


def test_containers_in_each_other_do_not_hang():
    graph = graph_of("a>b", inside={"a": "b", "b": "a"}.items())
    assert {shape.id for shape in sketch(graph).in_order()} == {"a", "b"}


def test_boxes_do_not_overlap():
    edges = ["s>" + name for name in "abcde"] + [name + ">t" for name in "abcde"]
    svg = ET.fromstring(to_svg(sketch(graph_of(*edges))))
    places = [tuple(float(rect.get(name)) for name in ("x", "y", "width", "height")) for rect in svg.iter(f"{SVG}rect")]
    assert len(places) == 7
    for at, (x, y, width, height) in enumerate(places):
        for other_x, other_y, _, _ in places[at + 1 :]:
            assert abs(x - other_x) >= width or abs(y - other_y) >= height


def test_titles_and_branches_are_escaped():
    titles = {"a": 'x < "y" & #1\n\x00', "b": "B"}.items()
    graph = graph_of("a:no & yes>b", titles=titles)
    assert ET.fromstring(to_svg(sketch(graph))) is not None
    mermaid = to_mermaid(sketch(graph))
    assert "x #lt; #quot;y#quot; & #35;1" in mermaid
    assert '-->|"no & yes"|' in mermaid


def test_branches_of_a_classifier_have_their_names():
    graph = graph_of("q:1>a")
    graph["nodes"][0]["data"]["classes"] = [{"id": "1", "name": "praise"}]
    assert "praise:" in to_text(sketch(graph))


def test_notes_and_loose_edges_are_left_out():
    graph = graph_of("a>b")
    graph["nodes"].append({"id": "note", "type": "custom-note", "data": {}})
    graph["edges"].append({"source": "a", "target": "gone"})
    assert len(list(sketch(graph).in_order())) == 2
    assert len(sketch(graph).links) == 1


def test_nothing_is_drawn_of_nothing():
    assert to_text(sketch({})) == ""
    assert to_mermaid(sketch({})) == "flowchart LR"
    assert "<svg" in to_svg(sketch({}))
