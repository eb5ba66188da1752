"""Rewrites an export for TensorFlow 1.15 from the command line."""

import argparse
from collections.abc import Sequence

from tfcompat_estimator.saved_models import old_runtime


def main(arguments: Sequence[str], program: str = 'export-for-1.15') -> None:
  """Runs the command."""
  parser = argparse.ArgumentParser(
    prog=program,
    description=(
      'Copies an export, and leaves in the copy what a server runs, in '
      'operations that TensorFlow 1.15 has. It says which are in the way.'
    ),
  )
  parser.add_argument('export', help='the folder with saved_model.pb')
  parser.add_argument('target', help='the folder to make')
  parsed = parser.parse_args(arguments)
  try:
    old_runtime.rewrite(parsed.export, parsed.target)
  except (ValueError, OSError) as error:
    parser.error(str(error))
