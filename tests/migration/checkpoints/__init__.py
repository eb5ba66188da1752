"""Tests of moving checkpoints between the families."""
