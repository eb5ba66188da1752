"""Mistakes in which checkpoint is meant, and in warm starts."""

import re

import tensorflow as tf

from tests.mistakes import given
from tests.mistakes.mistake import Mistake

errors = tf.errors


def evaluated(path):
  """An evaluation of the checkpoint whose path is made of that of model_dir."""
  return lambda api, to: given.trained(api, to).evaluate(
    given.data(), steps=1, checkpoint_path=path(str(to))
  )


def warm(make=given.dnn, **settings):
  """A training that starts from that of another."""

  def run(api, to):
    given.trained(api, to / 'old')
    start = api.WarmStartSettings(str(to / 'old'), **settings)
    make(api, to / 'new', warm_start_from=start).train(given.data(), steps=1)

  return run


def wider(api, folder, **options):
  return given.dnn(api, folder, hidden_units=(5,), **options)


def _damaged(api, to):
  estimator = given.trained(api, to)
  (to / 'model.ckpt-1.data-00000-of-00001').write_bytes(b'x')
  estimator.evaluate(given.data(), 1, checkpoint_path=str(to / 'model.ckpt-1'))


_ROWS = {
  'a damaged checkpoint is asked for': Mistake(
    _damaged, errors.OutOfRangeError, ('damaged', 'checkpoint_path', 'bytes')
  ),
  'checkpoint_path is model_dir': Mistake(
    evaluated(str),
    errors.DataLossError,
    ('checkpoint_path', 'directory', 'prefix'),
  ),
  'checkpoint_path is an index': Mistake(
    evaluated(lambda to: f'{to}/model.ckpt-1.index'),
    errors.NotFoundError,
    ('checkpoint_path', r'model\.ckpt-1\.index', r'model\.ckpt-1$'),
  ),
  'checkpoint_path is a file of values': Mistake(
    evaluated(lambda to: f'{to}/model.ckpt-1.data-00000-of-00001'),
    errors.DataLossError,
    ('checkpoint_path', r'model\.ckpt-1$'),
  ),
  'a folder is predicted with': Mistake(
    lambda api, to: next(
      given.trained(api, to).predict(given.data(), checkpoint_path=str(to))
    ),
    errors.DataLossError,
    ('checkpoint_path', 'directory'),
  ),
  'a folder is exported': Mistake(
    lambda api, to: given.trained(api, to).export_saved_model(
      str(to / 'e'), given.receiver(), checkpoint_path=str(to)
    ),
    errors.DataLossError,
    ('checkpoint_path', 'directory'),
  ),
  'a variable that is not there': Mistake(
    lambda api, to: given.trained(api, to).get_variable_value('nope'),
    errors.NotFoundError,
    ('nope', 'model.ckpt-1'),
  ),
  'a value of what was not trained': Mistake(
    lambda api, to: given.dnn(api, to).get_variable_value('nope'),
    ValueError,
    ('model_dir', 'Train first'),
  ),
  'vars_to_warm_start is a star': Mistake(
    warm(vars_to_warm_start='*'),
    re.error,
    ('vars_to_warm_start', r"'\*'", r'\.\*'),
  ),
  'a new name that is not there': Mistake(
    warm(var_name_to_prev_var_name={'nope': 'dnn/logits/bias'}),
    ValueError,
    ('var_name_to_prev_var_name', 'nope', 'dnn/logits/kernel'),
  ),
  'an old name that is not there': Mistake(
    warm(var_name_to_prev_var_name={'dnn/logits/bias': 'nope'}),
    (ValueError, errors.NotFoundError),
    ('nope', 'old'),
  ),
  'a warm start of another shape': Mistake(
    warm(wider), ValueError, ('hiddenlayer_0', '4', '5')
  ),
  'a warm start from an Estimator': Mistake(
    lambda api, to: given.dnn(api, to, warm_start_from=given.dnn(api, to)),
    ValueError,
    ('warm_start_from', 'string', 'DNNClassifier'),
  ),
}
# They fail in what both families share: half of them for each is enough.
ROWS = {
  name: row._replace(families=(('v1', 'v2')[index % 2],))
  for index, (name, row) in enumerate(_ROWS.items())
}
