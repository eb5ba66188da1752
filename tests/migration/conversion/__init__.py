"""Tests of what becomes of an Estimator in Keras."""
