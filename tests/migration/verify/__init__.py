"""Tests of comparing two exports or checkpoints."""
