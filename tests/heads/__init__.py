"""Tests of the heads room."""
