"""Tests of training on several devices or machines, and its processes."""
