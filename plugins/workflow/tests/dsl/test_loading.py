"""Sections and versions of files, and what is said about those that cannot be used."""

import pytest

from dify_workflow.dsl import (
    AppMode,
    DslStructureError,
    DslVersionError,
    ImportStatus,
    from_mapping,
    import_status,
    load,
)


@pytest.mark.parametrize(
    ("imported", "current", "status"),
    [
        ("0.5.0", "0.5.0", "completed"),
        ("0.5.0", "0.5.7", "completed"),
        ("0.5.1", "0.5.0", "pending"),
        ("0.6.0", "0.5.0", "pending"),
        ("1.0.0", "0.5.0", "pending"),
        ("0.9.0", "1.0.0", "pending"),
        ("0.4.9", "0.5.0", "completed-with-warnings"),
        ("0.1.0", "0.5.0", "completed-with-warnings"),
        ("0.5", "0.5.0", "completed"),
    ],
)
def test_the_versions_decide_how_an_import_ends(imported, current, status):
    assert import_status(imported, current) == status


def test_a_file_without_version_and_kind_is_an_app_of_the_first_version(workflow, text):
    raw = workflow()
    del raw["version"], raw["kind"]
    document = load(text(raw))
    assert (document.version, document.kind) == ("0.1.0", "app")
    assert document.status is ImportStatus.COMPLETED_WITH_WARNINGS
    assert "0.1.0" in document.warnings[0]


def test_a_newer_file_waits_for_a_confirmation(workflow, text):
    document = load(text(workflow() | {"version": "9.0.0"}))
    assert document.status is ImportStatus.PENDING
    assert "confirm" in document.warnings[0]


def test_the_current_version_is_an_argument(workflow, text):
    assert load(text(workflow()), current="0.5.9").status is ImportStatus.COMPLETED
    assert load(text(workflow()), current="0.7.0").status is ImportStatus.COMPLETED_WITH_WARNINGS


def test_pipelines_count_their_versions_apart(pipeline, text):
    document = load(text(pipeline()))
    assert document.status is ImportStatus.COMPLETED
    assert document.mode is AppMode.RAG_PIPELINE
    assert document.app.name == "Example"


def test_another_kind_is_read_as_an_app(workflow, text):
    assert load(text(workflow() | {"kind": "poem"})).kind == "app"


@pytest.mark.parametrize("version", ["0.3", "2024-01-01", "[1]", "soon", "null"])
def test_a_version_must_be_a_version_in_text(version):
    with pytest.raises(DslVersionError) as caught:
        load(f"app: {{mode: chat}}\nmodel_config: {{a: 1}}\nversion: {version}\n")
    assert caught.value.problems[0].line == 3
    assert caught.value.hint == 'write it as "0.5.0"'


@pytest.mark.parametrize("text", ["", "- 1", "just words", "42"])
def test_a_file_that_is_no_mapping_fails(text):
    with pytest.raises(DslStructureError, match="no mapping at its top"):
        load(text)


@pytest.mark.parametrize("app", [{}, {"app": None}, {"app": {}}])
def test_a_file_without_app_fails_in_the_words_that_clients_know(app):
    with pytest.raises(DslStructureError, match="Missing app data in YAML content") as caught:
        from_mapping(app)
    assert [problem.code for problem in caught.value.problems] == ["missing_app"]


@pytest.mark.parametrize(("mode", "section"), [("workflow", "workflow"), ("agent-chat", "model_config")])
def test_each_mode_needs_its_section(mode, section):
    with pytest.raises(DslStructureError, match=f"needs the section {section}"):
        from_mapping({"app": {"mode": mode}})


def test_an_unknown_mode_fails():
    with pytest.raises(DslStructureError) as caught:
        from_mapping({"app": {"mode": "telepathy"}})
    assert caught.value.problems[0].field == "app.mode"


def test_a_pipeline_needs_a_knowledge_index(pipeline):
    raw = pipeline()
    raw["workflow"]["graph"]["nodes"] = []
    with pytest.raises(DslStructureError, match="please check the Knowledge Index node"):
        from_mapping(raw)


def test_a_pipeline_without_its_section_fails(pipeline):
    raw = pipeline()
    del raw["rag_pipeline"]
    with pytest.raises(DslStructureError, match="Missing rag_pipeline data"):
        from_mapping(raw)


def test_views_are_typed_and_unknown_fields_stay(workflow, node):
    raw = workflow(node("x", "from-the-future", secret_sauce=[1]), features={"opening_statement": None, "novel": 1})
    document = from_mapping(raw | {"surprise": True})
    assert document.features.opening_statement == ""
    assert document.features.model_extra == {"novel": 1}
    assert document.graph is raw["workflow"]["graph"]
    assert document.raw["surprise"] is True
    assert document.model_config is None


def test_an_easy_app_has_features_and_no_graph(chat):
    document = from_mapping(chat(opening_statement="Hello"))
    assert document.features.opening_statement == "Hello"
    assert (document.workflow, document.graph, document.environment_variables) == (None, {}, {})
    assert document.conversation_variables == {}
    assert document.model_config.retriever_resource.enabled


BROKEN = """\
app:
  mode: workflow
workflow:
  graph:
    nodes:
    - id: '1'
      data:
        type: start
        title: Begin
    - id: '1'
      data: {title: Again, type: ''}
    - id: 7
      data:
        title: Number
        type: [end]
    edges:
    - source: '1'
    - {source: '1', target: ''}
"""


def test_all_problems_of_a_graph_are_told_with_node_field_and_line():
    with pytest.raises(DslStructureError) as caught:
        load(BROKEN)
    found = [(problem.line, problem.code, problem.node_id, problem.field) for problem in caught.value.problems]
    nodes, edges = "workflow.graph.nodes", "workflow.graph.edges"
    assert found == [
        (6, "duplicate_node", "1", f"{nodes}[0].id"),
        (10, "duplicate_node", "1", f"{nodes}[1].id"),
        (11, "missing_node_type", "1", f"{nodes}[1].data.type"),
        (12, "invalid_field", "7", f"{nodes}[2].id"),
        (15, "invalid_field", "7", f"{nodes}[2].data.type"),
        (17, "missing_field", None, f"{edges}[0].target"),
        (18, "invalid_field", None, f"{edges}[1].target"),
    ]
    assert 'line 12, column 7, node 7 "Number", workflow.graph.nodes[2].id: ' in str(caught.value)


def test_notes_need_no_type(workflow):
    note = {"id": "n", "type": "custom-note", "data": {"type": "", "text": "remember"}}
    assert from_mapping(workflow(note)).graph["nodes"][1] is note


@pytest.mark.parametrize("graph", [None, [], {"nodes": {}}, {"nodes": [1]}, {"edges": ["x"]}])
def test_a_graph_of_a_wrong_shape_is_told_and_never_crashes(workflow, graph):
    raw = workflow()
    raw["workflow"]["graph"] = graph
    with pytest.raises(DslStructureError) as caught:
        from_mapping(raw)
    assert all(problem.path[:2] == ("workflow", "graph") for problem in caught.value.problems)


def test_a_long_list_of_problems_is_cut_in_the_message_only():
    nodes = [{"id": "n", "data": {}} for _ in range(30)]
    with pytest.raises(DslStructureError) as caught:
        from_mapping({"app": {"mode": "workflow"}, "workflow": {"graph": {"nodes": nodes}}})
    assert len(caught.value.problems) == 60
    assert str(caught.value).endswith("and 50 more")


def test_the_search_for_problems_ends():
    nodes = [{"id": "n", "data": {}} for _ in range(2000)]
    with pytest.raises(DslStructureError) as caught:
        from_mapping({"app": {"mode": "workflow"}, "workflow": {"graph": {"nodes": nodes, "edges": nodes}}})
    assert len(caught.value.problems) == 1000


def test_problems_beyond_number_are_counted():
    with pytest.raises(DslStructureError, match="10001 fields are missing") as caught:
        from_mapping({"app": {"mode": "workflow"}, "workflow": {"graph": {"edges": [1] * 10_001}}})
    assert [problem.code for problem in caught.value.problems] == ["too_many_problems"]
