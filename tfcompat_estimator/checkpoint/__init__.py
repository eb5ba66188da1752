"""Reads checkpoints."""
