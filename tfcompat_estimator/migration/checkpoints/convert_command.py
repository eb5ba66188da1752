"""Converts a checkpoint from the command line."""

import argparse
from collections.abc import Sequence

import tensorflow as tf

from tfcompat_estimator.migration.checkpoints import converter

NAME = 'convert-checkpoint'


def main(arguments: Sequence[str], program: str = NAME) -> None:
  """Runs the command."""
  parser = argparse.ArgumentParser(
    prog=program,
    description=(
      'Converts a checkpoint of a canned estimator from tf.compat.v1.estimator '
      'to tf.estimator, or back.'
    ),
  )
  parser.add_argument('checkpoint', help='a checkpoint or a model directory')
  parser.add_argument('target_dir', help='the model directory to write')
  parser.add_argument(
    '--to', required=True, choices=['v1', 'v2'], help='who will read it'
  )
  parser.add_argument(
    '--combined',
    action='store_true',
    default=None,
    help='it is one of a DNNLinearCombined estimator with one part only',
  )
  parser.add_argument(
    '--heads',
    type=int,
    default=0,
    metavar='N',
    help='the v2 estimator has a MultiHead of N heads',
  )
  parser.add_argument(
    '--set',
    action='append',
    default=[],
    metavar='NAME=VALUE',
    help='a hyperparameter, such as Ftrl/learning_rate=0.1',
  )
  parsed = parser.parse_args(arguments)
  try:
    path = converter.convert(
      parsed.checkpoint,
      parsed.target_dir,
      to=parsed.to,
      combined=parsed.combined,
      scope=f'training_{parsed.heads}' if parsed.heads else 'training',
      hyperparameters=_pairs(parsed.set),
    )
  except (ValueError, tf.errors.NotFoundError) as error:
    parser.error(str(error))
  print(path)  # noqa: T201 - the command's result


def _pairs(settings: Sequence[str]) -> dict[str, float]:
  pairs = {}
  for setting in settings:
    name, _, value = setting.partition('=')
    try:
      pairs[name] = float(value)
    except ValueError:
      raise ValueError(
        f'--set {setting}: must be NAME=VALUE, the value a number.'
      ) from None
  return pairs
