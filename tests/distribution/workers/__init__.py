"""Tests of workers that train in step."""
