"""The production topology, run natively: what stands behind one address goes on when parts of it die."""

import socket
import threading

import httpx
import pytest

from tests.deployment.running import PATIENCE, until
from tests.deployment.topology import API_HOSTS, Topology

pytestmark = [pytest.mark.xdist_group("topology"), pytest.mark.timeout(180)]


def ran(topology: Topology, values: set[str]) -> list[str]:
    """Which of these values tasks have noted, as often as they did."""
    return [value for _, value, _ in topology.notes("mark") if value in values]


def test_requests_reach_both_api_processes(topology):
    until(lambda: topology.answering() == {api.pid for api in topology.apis}, "both answer")


def test_readiness_is_asked_through_nginx(topology):
    answer = topology.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready"), answer.text
    checks = {check["name"] for check in answer.json()["checks"]}
    assert checks >= {"Cache", "Database", "Storage"}


def test_the_api_sees_the_client_and_the_address_it_used(topology):
    forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "1", "Host": "dify.example:8080"}
    seen = topology.client.get("/v1/who", headers=forged).json()
    assert seen["client"] == "127.0.0.1"
    assert seen["url"] == "http://dify.example:8080/v1/who"


@pytest.mark.parametrize("path", ["/", "/plugins", "/threads", "/db-pool-stat", "/inner/api/x", "/v1x", "/healthy"])
def test_what_is_not_for_everybody_stays_inside(topology, path):
    answer = topology.client.get(path)
    assert (answer.status_code, answer.headers["server"]) == (404, "nginx")


@pytest.mark.parametrize("path", ["/console/api/x", "/api/x", "/v1/x", "/files/x", "/mcp/x", "/triggers/x"])
def test_every_group_for_the_outside_is_reached(topology, path):
    answer = topology.client.get(path)
    assert answer.status_code == 404
    assert "X-Runtime-Version" in answer.headers


def test_events_arrive_when_they_are_sent(topology):
    with socket.create_server(("127.0.0.1", 0)) as feed:
        feed.settimeout(PATIENCE)
        path = f"/v1/events/{feed.getsockname()[1]}"
        with topology.client.stream("GET", path, headers={"Last-Event-ID": "41"}) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "id: 41"
            handler, _ = feed.accept()
            with handler:
                for event in ("one", "two"):
                    handler.sendall(f"data: {event}\n\n".encode())
                    assert [next(lines), next(lines)] == ["", f"data: {event}"]


def test_a_body_over_the_limit_is_refused_before_it_is_sent(topology):
    with socket.create_connection(("127.0.0.1", topology.port), timeout=PATIENCE) as connection:
        connection.sendall(b"POST /v1/mark/x HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_after_the_kill_of_an_api_process_nginx_goes_on_answering(topology):
    killed, other = topology.apis
    failed: list[httpx.Response] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=topology.client.base_url, timeout=PATIENCE) as client:
            while not stop.is_set():
                answer = client.get("/v1/who")
                if answer.status_code != 200:
                    failed.append(answer)

    asking = threading.Thread(target=ask)
    asking.start()
    killed.kill()
    try:
        assert topology.answering(20) == {other.pid}
    finally:
        stop.set()
        asking.join()
        killed.start()
    assert failed == []
    killed.wait_until_it_says("ready at")
    until(lambda: topology.answering() == {killed.pid, other.pid}, "the one that was started again answers too")


def test_the_name_of_the_api_is_looked_up_again(topology):
    topology.names.addresses = [API_HOSTS[1]]
    until(lambda: topology.answering() == {topology.apis[1].pid}, "the one address that is left gets everything")
    topology.names.addresses = list(API_HOSTS)
    until(lambda: len(topology.answering()) == 2, "the second is found again")


def test_an_accepted_task_is_run_once_by_one_of_the_workers(topology):
    values = {f"task-{number}" for number in range(20)}
    for value in values:
        assert topology.client.post(f"/v1/mark/{value}").status_code == 200
    until(lambda: set(ran(topology, values)) == values, "all have run")
    assert len(ran(topology, values)) == len(values)
    workers = {str(worker.pid) for worker in topology.workers}
    assert {pid for _, value, pid in topology.notes("mark") if value in values} <= workers


def test_both_workers_take_tasks(topology):
    values = [f"hold-{number}" for number in range(4)]
    for value in values:
        topology.client.post(f"/v1/hold/{value}")
    try:
        until(lambda: len(topology.notes("hold")) == len(values), "each worker holds as many as it may")
        assert {pid for _, _, pid in topology.notes("hold")} == {str(worker.pid) for worker in topology.workers}
    finally:
        for value in values:
            (topology.directory / value).touch()


def test_a_schedule_fires_once_with_two_schedulers(topology):
    def ticks() -> list[str]:
        return [value for _, value, _ in topology.notes("mark") if value.startswith("tick@")]

    before = len(ticks())
    until(lambda: len(ticks()) >= before + 3, "three due times have passed")
    assert len(ticks()) == len(set(ticks()))


def test_a_restart_of_redis_loses_no_accepted_task(topology):
    values = {f"kept-{number}" for number in range(20)}
    for number, value in enumerate(sorted(values)):
        if number == 10:
            topology.redis.kill()
        assert topology.client.post(f"/v1/mark/{value}").status_code == 200
    topology.redis.start()
    until(lambda: set(ran(topology, values)) == values, "all have run")
    assert len(ran(topology, values)) == len(values)
    until(lambda: topology.client.get("/health/ready").status_code == 200, "everything is ready again")
