"""HTTP: one package per blueprint group."""
