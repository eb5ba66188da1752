"""Clocks that are wrong, for the tasks of tests."""
