"""Calls old modules by name, on this TensorFlow or on 2.15.

    python -m tests.migration.old_paths.record [NAME ...]   prints a line of JSON for each;

with the reference's interpreter that is what tests/goldens/old_calls.jsonl has.
"""

import json
import sys

import tensorflow as tf

from tests.migration.old_paths import old_calls, old_models, old_steps

v1 = tf.compat.v1

CALLS = {**old_models.CALLS, **old_calls.CALLS, **old_steps.CALLS}
# What is called outside of a graph.
EAGER = ('keras_lib',)


def call(name):
  """The result of a call, or the type of its error and how it begins."""
  if name in EAGER:
    return CALLS[name]()
  with tf.Graph().as_default():
    v1.train.create_global_step()
    try:
      return CALLS[name]()
    except (TypeError, ValueError) as error:
      return f'{type(error).__name__}: {str(error)[:30]}'


if __name__ == '__main__':
  for asked in sys.argv[1:] or CALLS:
    print(json.dumps([asked, call(asked)]))
