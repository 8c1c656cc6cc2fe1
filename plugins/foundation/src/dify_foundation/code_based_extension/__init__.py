"""Moderation and external data tools that operators or other distributions write as code."""
