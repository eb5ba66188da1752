"""Packages of others, run unmodified: `make packages-test`."""
