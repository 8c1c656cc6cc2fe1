"""Small models that need no key and no network."""
