"""Tests of tfcompat_estimator, in folders that mirror its rooms."""
