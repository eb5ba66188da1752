"""Tests of hooks, and the model that they share."""
