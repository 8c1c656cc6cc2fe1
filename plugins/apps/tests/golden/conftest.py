"""Conformance: collected where `DIFY_CORPUS` names recorded answers, with the tools that replay them beside it."""

import os

collect_ignore = [] if os.environ.get("DIFY_CORPUS") else ["test_replay.py"]
