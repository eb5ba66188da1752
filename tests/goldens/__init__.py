"""Holds what the reference did, recorded by `make record`."""
