"""The prompts of the easy modes, for chat and completion models, simple and advanced."""

from .building import Prompt, PromptParts, build, shown_prompt

__all__ = ["Prompt", "PromptParts", "build", "shown_prompt"]
