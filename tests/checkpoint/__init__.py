"""Tests of checkpoints: what is written, read, damaged and recovered."""
