"""Pure rules: formats, ciphers and checks, without I/O, clocks or settings."""
