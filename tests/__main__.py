"""Runs pytest on the given files, for Bazel: `python -m tests FILE...`."""

import sys

import pytest

if __name__ == '__main__':
  sys.exit(pytest.main(sys.argv[1:]))
