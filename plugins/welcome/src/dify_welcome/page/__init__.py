"""The pages: an overview at `/`, and one per app to try it on."""
