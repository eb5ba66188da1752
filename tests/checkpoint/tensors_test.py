"""Checks that checkpoints and numpy arrays are the same."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import bundle_index, tensors
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.mark.parametrize('in_graph', [False, True])
def test_what_is_written_is_read(tmp_path, in_graph):
  """All dtypes come back, also where a program is building a graph."""
  values = {
    'float': np.float32([[1.5, -2.0]]),
    'scopes/int': np.int64(7),
    'text': np.array([b'a', b''], object),
    'none': np.zeros([0, 3], np.float16),
  }
  prefix = str(tmp_path / 'model')
  if in_graph:
    with tf.Graph().as_default():
      tensors.write(prefix, values)
      read = tensors.read_all(prefix)
  else:
    tensors.write(prefix, values)
    read = tensors.read_all(prefix)

  assert set(read) == set(values)
  for name, value in values.items():
    assert read[name].dtype == np.asarray(value).dtype
    np.testing.assert_array_equal(read[name], value)


def test_parts_make_up_a_whole(tmp_path):
  """A partitioned variable is read as one; what was not saved is zero."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    parts = v1.get_variable(
      'v',
      [5, 2],
      initializer=v1.random_uniform_initializer(1, 2),
      partitioner=v1.fixed_size_partitioner(2),
    )
    session.run(v1.global_variables_initializer())
    whole = session.run(tf.convert_to_tensor(parts))
    prefix = v1.train.Saver().save(session, str(tmp_path / 'whole'))
    first = v1.train.Saver([next(iter(parts))]).save(
      session, str(tmp_path / 'a')
    )

  np.testing.assert_array_equal(tensors.read_all(prefix)['v'], whole)
  np.testing.assert_array_equal(
    tensors.read_all(first)['v'], np.concatenate([whole[:3], np.zeros([2, 2])])
  )
  (entry,) = [
    entry
    for name, entry in bundle_index.read(prefix).entries.items()
    if name == 'v'
  ]
  assert tensors.slice_specs(entry) == ['5 2 0,3:0,2', '5 2 3,2:0,2']
