"""Rules for features, which are the same in graphs and in easy apps."""

from typing import Final

from .errors import Path, Problem
from .models import Features, FileUpload, Moderation, ModerationConfig

FILE_TYPES: Final = ("image", "document", "audio", "video", "custom")
UPLOAD_METHODS: Final = ("local_file", "remote_url")
MAX_PRESET: Final = 100
"""Characters of a preset answer."""
MAX_KEYWORDS: Final = 10_000
"""Characters of the list of keywords."""
MAX_KEYWORD_LINES: Final = 100


def feature_problems(features: Features, path: Path) -> list[Problem]:
    """What is wrong with features that stand at `path`."""
    return [
        *_upload(features.file_upload, (*path, "file_upload")),
        *_auto_play(features.text_to_speech.auto_play, (*path, "text_to_speech", "autoPlay")),
        *_moderation(features.sensitive_word_avoidance, (*path, "sensitive_word_avoidance")),
    ]


def choice(value: str | None, allowed: tuple[str, ...], path: Path) -> list[Problem]:
    """A problem if a value is not one of those allowed; None is always allowed."""
    if value is None or value in allowed:
        return []
    return [Problem("invalid_choice", f"{value!r} is none of {', '.join(allowed)}", path)]


def _upload(upload: FileUpload, path: Path) -> list[Problem]:
    lists = (
        ("allowed_file_types", upload.allowed_file_types, FILE_TYPES),
        ("allowed_file_upload_methods", upload.allowed_file_upload_methods, UPLOAD_METHODS),
    )
    problems = [
        problem
        for name, values, allowed in lists
        for index, value in enumerate(values)
        for problem in choice(value, allowed, (*path, name, index))
    ]
    if upload.number_limits is not None and upload.number_limits < 1:
        problems.append(Problem("invalid_limit", "at least one file must be allowed", (*path, "number_limits")))
    return problems


def _auto_play(value: str, path: Path) -> list[Problem]:
    return choice(value or None, ("enabled", "disabled"), path)


def _moderation(moderation: Moderation, path: Path) -> list[Problem]:
    if not moderation.enabled:
        return []
    if not moderation.type:
        return [Problem("missing_choice", "moderation is enabled without a type", (*path, "type"))]
    config = moderation.config
    problems = _sides(config, (*path, "config"))
    if moderation.type == "keywords":
        problems += _keywords(config.keywords, (*path, "config", "keywords"))
    return problems


def _sides(config: ModerationConfig, path: Path) -> list[Problem]:
    if not (config.inputs_config.enabled or config.outputs_config.enabled):
        return [Problem("moderation_idle", "neither inputs nor outputs are moderated", path)]
    sides = (("inputs_config", config.inputs_config), ("outputs_config", config.outputs_config))
    return [
        Problem("too_long", f"a preset answer has at most {MAX_PRESET} characters", (*path, name, "preset_response"))
        for name, side in sides
        if side.enabled and len(side.preset_response) > MAX_PRESET
    ]


def _keywords(keywords: str, path: Path) -> list[Problem]:
    if not keywords.strip():
        return [Problem("missing_keywords", "there are no keywords", path)]
    if len(keywords) > MAX_KEYWORDS:
        return [Problem("too_long", f"keywords have at most {MAX_KEYWORDS} characters", path)]
    if keywords.count("\n") + 1 > MAX_KEYWORD_LINES:
        return [Problem("too_long", f"keywords have at most {MAX_KEYWORD_LINES} lines", path)]
    return []
