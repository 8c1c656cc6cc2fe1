"""What nodes share that call a language model: configuration, prompts, memory, files, calls, and JSON in answers."""
