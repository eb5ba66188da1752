"""Knows graphs under construction, and nothing of estimators.

`keras_metrics` turns Keras metrics into the (value, update op) pairs that a v1
graph runs, and puts their variables into the collections of local ones.
"""
