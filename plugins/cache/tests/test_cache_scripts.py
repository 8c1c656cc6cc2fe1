import re
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "src" / "dify_cache" / "redis" / "scripts.py"


def test_every_script_says_what_it_takes_and_returns():
    text = SCRIPTS.read_text()
    scripts = re.findall(r"^([A-Z_]+) = Script\(.*?^\"\"\"\)\n\"\"\"(.*?)\"\"\"", text, re.MULTILINE | re.DOTALL)
    assert len(scripts) == text.count("= Script(")
    assert [name for name, told in scripts if not ("KEYS" in told and "ARGV" in told and "Returns" in told)] == []
