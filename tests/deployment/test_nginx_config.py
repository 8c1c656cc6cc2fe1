"""The configuration of nginx: what the compose file gives it, and what nginx says to it."""

import re
import ssl
import subprocess
from contextlib import contextmanager

import httpx
import trustme

from tests.deployment.compose import ROOT, environment, load
from tests.deployment.names import NameServer
from tests.deployment.nginx import TEMPLATE, VARIABLE, configure, nginx
from tests.deployment.running import PATIENCE, free_port, open_directory, until

LOCAL = {"NGINX_RESOLVER": "127.0.0.1"}


def test_the_compose_file_gives_every_variable_of_the_template():
    used = set(VARIABLE.findall(TEMPLATE.read_text(encoding="utf-8")))
    given = environment("nginx")
    settings_of_the_image = {"NGINX_ENVSUBST_FILTER", "NGINX_ENVSUBST_OUTPUT_DIR"}
    assert used == set(given) - settings_of_the_image
    assert all(re.search(given["NGINX_ENVSUBST_FILTER"], name) for name in used)


def test_the_container_runs_what_is_made_of_the_template():
    service = load()["services"]["nginx"]
    made = f"{environment('nginx')['NGINX_ENVSUBST_OUTPUT_DIR']}/{TEMPLATE.name.removesuffix('.template')}"
    assert service["command"][:3] == ["nginx", "-c", made]
    mounts = dict(mount.split(":")[:2] for mount in service["volumes"])
    assert mounts[f"./{TEMPLATE.relative_to(ROOT)}"] == f"/etc/nginx/templates/{TEMPLATE.name}"
    assert environment("nginx")["NGINX_EXTRA_DIR"] in mounts.values()


def test_nginx_accepts_it():
    with open_directory() as directory:
        tested = subprocess.run([*configure(directory, **LOCAL), "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr, tested.stderr


def test_nginx_refuses_it_when_a_variable_is_missing():
    with open_directory() as directory:
        tested = subprocess.run([*configure(directory, **LOCAL, NGINX_KEEPALIVE_TIMEOUT=""), "-t"], check=False)
    assert tested.returncode != 0


@contextmanager
def serving(**addresses):
    """nginx on a free port, with an API that is not there."""
    port = free_port()
    with open_directory() as directory, NameServer(["127.0.0.4"]) as names:
        where = {"NGINX_RESOLVER": names.address, "NGINX_API": f"http://api:{free_port('127.0.0.4')}"}
        process = nginx(directory, NGINX_LISTEN=f"127.0.0.1:{port}", **where, **addresses)
        yield process, directory / "extra", port
        process.kill()


def test_without_an_api_the_answer_is_502():
    with serving() as (process, _, port):
        process.start()
        process.wait_until_it_listens(port)
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/x", timeout=PATIENCE)
        assert answer.status_code == 502
        assert "nginx/" not in answer.text, "the version is nobody's business"


def test_the_query_of_signed_links_is_not_logged():
    with serving() as (process, _, port):
        process.start()
        process.wait_until_it_listens(port)
        httpx.get(f"http://127.0.0.1:{port}/files/x?sign=secret", timeout=PATIENCE)
        until(lambda: "/files/x " in process.said, "the request is logged")
        assert '"GET /files/x HTTP/1.1" 502' in process.said


def test_the_example_for_tls_serves_tls():
    example = (ROOT / "docs/deploy/nginx/server.d/tls.conf.example").read_text(encoding="utf-8")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    with serving() as (process, extra, _):
        port = free_port()
        written = example.replace("listen 8443", f"listen 127.0.0.1:{port}")
        (extra / "tls.conf").write_text(written.replace("/etc/nginx/server.d", str(extra)))
        certificate.private_key_pem.write_to_path(extra / "key.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(extra / "certificate.pem", append=True)
        process.start()
        process.wait_until_it_listens(port)
        context = ssl.create_default_context()
        authority.configure_trust(context)
        assert httpx.get(f"https://localhost:{port}/nothing", verify=context, timeout=PATIENCE).status_code == 404
