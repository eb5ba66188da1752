"""Measures time beside the reference: `make bench`. No part of the tests.

`programs/` holds what runs under both TensorFlows, the table of models among it;
`bench` starts it in turn and prints the tables, `ablation` says how to turn off
each thing that makes the package fast.
"""
