"""The garbage collector rests during a boot of the host's own process, and then works."""

import gc
import subprocess
import sys

from dify_runtime import collector

_RESUMED = """
import gc
from dify_runtime import collector
collector.pause()
paused = gc.isenabled()
collector.resume()
assert (paused, gc.isenabled()) == (False, True)
assert gc.get_freeze_count() > 0, "what was there is looked through again"
"""

_COMMAND = """
import gc, sys
from dify_runtime.cli import main
main.root.callback = lambda **_: print("collects" if gc.isenabled() else "rests")
sys.argv = ["dify-runtime", "version"]
main.main()
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_boot_made_is_left_out_once_the_collector_works_again():
    run(_RESUMED)


def test_the_collector_rests_while_a_built_in_command_begins():
    assert run(_COMMAND).startswith("rests")


def test_a_process_that_embeds_a_runtime_keeps_its_collector():
    frozen = gc.get_freeze_count()

    collector.resume()

    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
