"""Tests of what drives an Estimator from outside."""
