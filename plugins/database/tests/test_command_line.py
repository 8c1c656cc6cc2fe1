import json

from click.testing import CliRunner

from dify_runtime.cli.main import root


def test_the_command_is_found_by_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {"DIFY_PLUGINS_ALLOW": "database,migrations", "DIFY_RUNTIME_HOME": str(tmp_path / "home")}
    result = CliRunner().invoke(root, ["db", "current", "--json"], env=environ)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == []
