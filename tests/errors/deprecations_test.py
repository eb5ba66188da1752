"""Checks which deprecations reach a user, in a program of its own."""

import os

from tests import fresh

PROGRAM = """
import sys
import numpy as np
import tensorflow as tf
import tfcompat_estimator as te

def input_fn():
  rows = {'x': np.ones((16, 1), 'f')}, np.zeros(16, int)
  return tf.data.Dataset.from_tensor_slices(rows).repeat(5).batch(8)

columns = [tf.feature_column.numeric_column('x')]
config = te.RunConfig(keep_checkpoint_max=1, save_checkpoints_steps=3)
estimator = te.DNNClassifier([4], columns, sys.argv[1], config=config)
estimator.train(input_fn)
estimator.evaluate(input_fn)
next(estimator.predict(input_fn))
spec = tf.feature_column.make_parse_example_spec(columns)
receiver = te.export.build_parsing_serving_input_receiver_fn(spec)
path = estimator.export_saved_model(sys.argv[1] + '/exports', receiver)
from tfcompat_estimator import predictor
predictor.from_saved_model(path)
"""


def test_ours_are_not_logged(tmp_path):
  """Only the program's own calls are told of, and no line of the runner's start."""
  program = tmp_path / 'program.py'
  program.write_text(PROGRAM, 'utf-8')

  done = fresh.run(
    *('-m', 'tfcompat_estimator', os.fspath(program), str(tmp_path / 'm')),
    TF_CPP_MIN_LOG_LEVEL=None,
  )

  told = [x for x in done.stderr.splitlines() if 'deprecated' in x]
  assert done.returncode == 0, done.stderr
  assert [x for x in told if 'numeric_column' in x]
  assert [x for x in told if f'From {program}' not in x] == []
  assert 'CPU instructions' not in done.stderr
