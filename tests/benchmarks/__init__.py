"""Measures time beside the reference: `make bench`. No part of the tests.

`programs/` holds legacy programs that time themselves and print JSON; the same
text runs under both TensorFlows.
"""
