"""The resolver: edges, capabilities, what is unmet, cycles."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime.resolve import Choice, Node, resolve


def test_ties_are_broken_by_name_within_a_level():
    resolution = resolve([Node("c"), Node("a"), Node("b", requires=("c",)), Node("aa", after=("c",))])
    assert resolution.order == ("a", "c", "aa", "b")
    assert resolution.levels == {"a": 0, "c": 0, "aa": 1, "b": 1}


def test_a_diamond_is_resolved_once():
    nodes = [Node("top", requires=("l", "r")), Node("l", requires=("b",)), Node("r", requires=("b",)), Node("b")]
    assert resolve(nodes).order == ("b", "l", "r", "top")


def test_soft_edges_order_only_what_is_present_and_enabled():
    nodes = [Node("a", after=("off", "ghost", "z")), Node("off", enabled=False), Node("z"), Node("y", before=("z",))]
    resolution = resolve(nodes)
    assert not resolution.unmet
    assert resolution.order == ("off", "y", "z", "a")
    assert [edge.reason for edge in resolution.edges] == ["a starts after z", "y starts before z"]


def test_a_missing_capability_names_who_wants_it_and_takes_dependants_out():
    resolution = resolve([Node("a", requires=("ghost",)), Node("b", requires=("a",)), Node("c", after=("a",))])
    assert resolution.order == ("c",)
    assert str(resolution.unmet["a"]).startswith("plugin 'a' requires 'ghost': nothing provides 'ghost'")
    assert str(resolution.unmet["b"]).startswith("plugin 'b' requires 'a': 'a' is unmet")


def test_an_absent_plugin_is_named_with_the_reason():
    resolution = resolve([Node("a", requires=("cache",))], absent={"cache": "denied"})
    assert "'cache' is denied" in str(resolution.unmet["a"])


def test_dependants_of_a_disabled_plugin_keep_their_place_and_are_held():
    nodes = [Node("off", enabled=False), Node("b", requires=("off",)), Node("c", requires=("b",))]
    resolution = resolve(nodes)
    assert resolution.order == ("off", "b", "c")
    assert str(resolution.held["b"]) == "plugin 'b' requires 'off', which is disabled"
    assert str(resolution.held["c"]) == "plugin 'c' requires 'b', which is unmet"


def test_a_cycle_of_five_is_shown_whole_with_each_edge():
    nodes = [
        Node("a", requires=("b",)),
        Node("b", after=("c",)),
        Node("c", requires=("d",)),
        Node("e", before=("d",)),
        Node("e2", requires=("a",)),
        Node("e", requires=("a",), before=("d",)),
    ]
    resolution = resolve([*nodes[:3], Node("d"), nodes[5], nodes[4], Node("free")])
    message = str(resolution.unmet["a"])
    assert "cycle: a -> b -> c -> d -> e -> a" in message
    for step in ("a requires b", "b starts after c", "c requires d", "e starts before d", "e requires a"):
        assert step in message
    assert resolution.order == ("free",)
    assert "'a' is in a cycle" in str(resolution.unmet["e2"])


def test_two_cycles_are_both_found_and_a_self_loop_is_one():
    nodes = [Node("a", requires=("b",)), Node("b", requires=("a",)), Node("s", requires=("s",)), Node("ok")]
    resolution = resolve(nodes)
    assert resolution.order == ("ok",)
    assert "cycle: s -> s" in str(resolution.unmet["s"])
    assert "cycle: a -> b -> a" in str(resolution.unmet["b"])


VECTORS = [
    Node("vector-a", provides={"vector-store": "a"}),
    Node("vector-b", provides={"vector-store": "b"}),
    Node("knowledge", requires=("vector-store",)),
]


def test_a_setting_selects_among_providers_and_the_others_are_passed_over():
    choice = Choice("knowledge", "VECTOR_STORE", "b", "environment")
    resolution = resolve(VECTORS, {"vector-store": choice})
    assert resolution.selected["vector-store"] == "vector-b"
    assert resolution.unselected == {"vector-a": "VECTOR_STORE=b"}
    assert [edge.reason for edge in resolution.edges] == ["knowledge requires vector-store (provided by vector-b)"]


def test_a_passed_over_provider_that_is_required_by_name_is_kept():
    choice = Choice("knowledge", "VECTOR_STORE", "b", "environment")
    resolution = resolve([*VECTORS, Node("migrator", requires=("vector-a",))], {"vector-store": choice})
    assert resolution.unselected == {}


def test_several_providers_without_a_choice_are_ambiguous():
    message = str(resolve(VECTORS).unmet["knowledge"])
    assert "has several providers: vector-a, vector-b" in message
    assert "DIFY_PLUGINS_DENY=vector-b" in message


def test_a_choice_that_names_nobody_lists_what_there_is():
    message = str(resolve(VECTORS, {"vector-store": Choice("k", "VECTOR_STORE", "c", ".env")}).unmet["knowledge"])
    assert "VECTOR_STORE=c (from .env, owned by plugin 'k') selects no provider" in message
    assert "available: a, b" in message


def test_an_empty_choice_takes_the_only_provider():
    nodes = [VECTORS[0], VECTORS[2]]
    assert resolve(nodes, {"vector-store": Choice("k", "S", "", "default")}).order == ("vector-a", "knowledge")


def test_a_disabled_rival_does_not_make_a_capability_ambiguous():
    nodes = [VECTORS[0], Node("vector-b", provides={"vector-store": "b"}, enabled=False), VECTORS[2]]
    assert resolve(nodes).selected["vector-store"] == "vector-a"


def test_the_closure_follows_hard_edges_only():
    nodes = [Node("a"), Node("b", requires=("a",)), Node("c", requires=("b",), after=("d",)), Node("d")]
    assert resolve(nodes).closure(("c",)) == {"a", "b", "c"}


@st.composite
def acyclic(draw):
    """A random graph whose edges go from later to earlier names, under shuffled names."""
    size = draw(st.integers(1, 25))
    names = draw(st.permutations([f"p{index:02}" for index in range(size)]))
    nodes = []
    for index in range(size):
        earlier, later = some_of(names[:index]), some_of(names[index + 1 :])
        nodes.append(Node(names[index], tuple(draw(earlier)), tuple(draw(earlier)), tuple(draw(later))))
    return nodes


def some_of(names):
    return st.lists(st.sampled_from(names), max_size=4, unique=True) if names else st.just([])


@given(acyclic(), st.randoms())
def test_any_order_of_discovery_gives_the_same_order_which_respects_every_edge(nodes, chance):
    resolution = resolve(nodes)
    place = {name: index for index, name in enumerate(resolution.order)}
    assert place.keys() == {node.name for node in nodes}
    for node in nodes:
        assert all(place[other] < place[node.name] for other in (*node.requires, *node.after))
        assert all(place[node.name] < place[other] for other in node.before)
    shuffled = list(nodes)
    chance.shuffle(shuffled)
    assert resolve(shuffled) == resolution


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from(("requires", "after", "before")))))
def test_any_graph_is_resolved_and_nobody_is_lost(edges):
    edges_of: dict[str, dict[str, list[str]]] = {f"p{index}": {} for index in range(13)}
    for source, target, kind in edges:
        edges_of[f"p{source}"].setdefault(kind, []).append(f"p{target}")
    nodes = [Node(name, **{kind: tuple(names) for kind, names in kinds.items()}) for name, kinds in edges_of.items()]
    resolution = resolve(nodes)
    assert sorted((*resolution.order, *resolution.unmet)) == sorted(edges_of)
    place = {name: index for index, name in enumerate(resolution.order)}
    for edge in resolution.edges:
        assert place[edge.first] < place[edge.then]
    for node in nodes:
        assert node.name not in place or all(name in place for name in node.requires)


def test_a_long_chain_of_unmet_plugins_is_no_deep_recursion():
    nodes = [Node(f"p{index:05}", requires=(f"p{index + 1:05}",)) for index in range(5000)]
    random.Random(7).shuffle(nodes)
    assert len(resolve(nodes).unmet) == 5000


@pytest.mark.parametrize("kind", ["after", "before"])
def test_soft_edges_to_a_failed_plugin_vanish(kind):
    resolution = resolve([Node("bad", requires=("ghost",)), Node("good", **{kind: ("bad",)})])
    assert resolution.order == ("good",)
