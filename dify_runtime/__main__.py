"""`python -m dify_runtime`: the same as the script `dify-runtime`."""

from .cli.main import main

if __name__ == "__main__":
    main()
