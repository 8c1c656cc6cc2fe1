"""The columns of a model configuration, and what a configuration without a value in one of them means."""

from typing import Any, Final

TEXT_COLUMNS: Final = ("opening_statement", "dataset_query_variable", "pre_prompt", "prompt_type")
"""Columns that hold the value itself."""

JSON_COLUMNS: Final = (
    "suggested_questions",
    "suggested_questions_after_answer",
    "speech_to_text",
    "text_to_speech",
    "more_like_this",
    "model",
    "user_input_form",
    "agent_mode",
    "sensitive_word_avoidance",
    "retriever_resource",
    "chat_prompt_config",
    "completion_prompt_config",
    "dataset_configs",
    "external_data_tools",
    "file_upload",
)
"""Columns that hold JSON in text."""

_OFF: Final[dict[str, Any]] = {"enabled": False}

CONFIG_DEFAULTS: Final[dict[str, Any]] = {
    "opening_statement": "",
    "suggested_questions": [],
    "suggested_questions_after_answer": _OFF,
    "speech_to_text": _OFF,
    "text_to_speech": {"enabled": False, "voice": "", "language": ""},
    "retriever_resource": {"enabled": True},
    "annotation_reply": _OFF,
    "more_like_this": _OFF,
    "sensitive_word_avoidance": {"enabled": False, "type": "", "configs": []},
    "external_data_tools": [],
    "model": {},
    "user_input_form": [],
    "dataset_query_variable": "",
    "pre_prompt": "",
    "agent_mode": {"enabled": False, "strategy": None, "tools": [], "prompt": None},
    "prompt_type": "simple",
    "chat_prompt_config": {},
    "completion_prompt_config": {},
    "dataset_configs": {"retrieval_model": "multiple", "datasets": {"datasets": []}},
    "file_upload": {
        "image": {
            "enabled": False,
            "number_limits": 3,
            "detail": "high",
            "transfer_methods": ["remote_url", "local_file"],
        }
    },
}
"""Every field of an exported configuration with its value where the columns have none."""
