"""Leaves out of the log what TensorFlow says of calls that the user did not make."""

import logging

import tensorflow as tf

from tfcompat_estimator.errors import origins


class NotOfInside(logging.Filter):
  """Drops deprecations of calls from TensorFlow, Keras and this package.

  TensorFlow names the line of the call. One in its own files, or in ours, is of no
  use to whoever reads the log; one in the program stays.
  """

  def filter(self, record: logging.LogRecord) -> bool:
    """Whether to log a message."""
    if not (isinstance(record.msg, str) and record.msg.startswith('From %s')):
      return True
    place = str(record.args[0]) if isinstance(record.args, tuple) else ''
    return 'deprecated' not in record.msg or not origins.is_inside(
      place.rpartition(':')[0] or 'unknown'
    )


_FILTER = NotOfInside()


def quiet() -> None:
  """Puts the filter into TensorFlow's log, once."""
  tf.get_logger().addFilter(_FILTER)  # knows which filters it has
