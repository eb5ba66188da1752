"""Checks what is said of a checkpoint that lacks variables."""

import pytest
import tensorflow as tf

from tfcompat_estimator import v1 as estimator_v1
from tfcompat_estimator import v2 as estimator_v2

v1 = tf.compat.v1


def input_fn():
  features = {'x': [[1.0, 2.0], [3.0, 4.0]]}
  return tf.data.Dataset.from_tensors((features, [[0], [1]])).repeat(3)


def classifier(api, model_dir, **settings):
  return api.DNNClassifier(
    feature_columns=[tf.feature_column.numeric_column('x', (2,))],
    model_dir=str(model_dir),
    **{'hidden_units': [3], **settings},
  )


CASES = {
  'optimizer': (
    estimator_v1,
    {'optimizer': 'Adagrad'},
    estimator_v1,
    {'optimizer': 'Adam'},
    ('trained with Adagrad, the optimizer is Adam', 'warm_start_from'),
  ),
  'family': (
    estimator_v1,
    {},
    estimator_v2,
    {},
    ('of the other family', 'convert-checkpoint --to v2', '--tf1'),
  ),
  'model': (
    estimator_v2,
    {},
    estimator_v2,
    {'hidden_units': [3, 3, 3]},
    ('of the model', 'another model_dir', 'warm_start_from'),
  ),
}


@pytest.mark.parametrize('case', CASES)
def test_error_says_what_is_missing_and_what_to_do(tmp_path, case):
  """In ten lines: whose variables they are, and the remedy."""
  api, settings, later_api, later, words = CASES[case]
  classifier(api, tmp_path, **settings).train(input_fn, steps=1)

  with pytest.raises(tf.errors.NotFoundError) as caught:
    classifier(later_api, tmp_path, **later).train(input_fn, steps=1)

  message = caught.value.message
  assert 'not found in checkpoint' in message
  assert len(message.splitlines()) <= 10
  for word in words:
    assert word in message
