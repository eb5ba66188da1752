"""Checks the events that an evaluation writes."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.loop import reporting

v1 = tf.compat.v1


def written(folder, metrics, checkpoint_path=None):
  """The values in the events, by tag, after a check of their step."""
  with tf.Graph().as_default():
    reporting.write_metrics(str(folder), metrics, 7, checkpoint_path)
  v1.summary.FileWriterCache.clear()
  (path,) = folder.glob('events*')
  values = {}
  for event in v1.train.summary_iterator(str(path)):
    for value in event.summary.value:
      assert event.step == 7
      values[value.tag] = value
  return values


def test_each_kind_of_value_has_its_form(tmp_path):
  """Numbers are scalars, arrays tensors, serialized summaries their parts."""
  part = v1.Summary(value=[v1.Summary.Value(tag='p', simple_value=3.0)])
  values = written(
    tmp_path,
    {
      'loss': np.float32(0.5),
      'array': np.array([1, 2]),
      'summary': part.SerializeToString(),
      'global_step': 7,
      'nothing': None,
    },
    'model.ckpt-7',
  )

  assert set(values) == {'loss', 'array', 'summary/0', 'checkpoint_path'}
  assert values['loss'].simple_value == 0.5
  assert tf.make_ndarray(values['array'].tensor).tolist() == [1, 2]
  assert values['summary/0'].simple_value == 3.0
  path = tf.make_ndarray(values['checkpoint_path'].tensor).item()
  assert path == b'model.ckpt-7'


@pytest.mark.parametrize('value', [True, 'text', b'\xff no summary'])
def test_what_has_no_form_is_skipped_and_named(tmp_path, caplog, value):
  """A warning tells which metric is not in TensorBoard."""
  assert set(written(tmp_path, {'odd': value, 'loss': 1.0})) == {'loss'}
  assert 'Skipping summary for odd' in caplog.text


def test_the_log_line_is_sorted_and_free_of_bytes():
  """Names in their order."""
  line = reporting.dict_to_str({'b': 1, 'a': 0.5, 'c': b'x'})

  assert line == 'a = 0.5, b = 1'
