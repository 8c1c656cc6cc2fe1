"""The easy modes (completion, chat, agent-chat): what they share."""
