"""Tests of training with parameter servers."""
