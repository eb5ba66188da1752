"""Reads indexes that TensorFlow wrote, and finds what damage does to them."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import bundle_index, integrity, tensors


def prefixes(goldens):
  return [
    str(path)[: -len('.index')]
    for path in sorted(goldens.glob('*/*/**/*.index'))
  ]


def test_indexes_of_the_reference(goldens):
  """Names, shapes and lengths of files are those that TensorFlow knows."""
  assert len(prefixes(goldens)) >= 16
  for prefix in prefixes(goldens):
    read = bundle_index.read(prefix)
    shapes = {
      name: [dim.size for dim in entry.shape.dim]
      for name, entry in read.entries.items()
    }
    assert shapes == dict(tf.train.list_variables(prefix))
    lengths = [
      tf.io.gfile.stat(f'{prefix}.data-{i:05d}-of-{read.shards:05d}').length
      for i in range(read.shards)
    ]
    assert read.bytes_needed() == lengths
    assert integrity.defect(prefix) is None
    assert integrity.damaged_values(prefix) is None


def test_long_names_and_many_blocks(tmp_path):
  """An index of many blocks, with keys that share prefixes, is read whole."""
  values = {
    f'layer_{i}/{"very_" * 20}long_name/kernel': np.full([i % 7], i, np.int32)
    for i in range(2000)
  }
  tensors.write(str(tmp_path / 'ckpt-1'), values)
  read = bundle_index.read(str(tmp_path / 'ckpt-1'))

  assert set(read.entries) == set(values)
  assert sum(entry.size for entry in read.entries.values()) == sum(
    value.nbytes for value in values.values()
  )


def test_round_trip_of_all_kinds(tmp_path):
  """Strings, scalars, empty arrays and slices are written and read."""
  values = {
    'scalar': np.int64(7),
    'empty': np.zeros([0, 3], np.float32),
    'strings': np.array([b'a', b'', b'longer'], object),
    'bool': np.array([True, False]),
    'half': np.array([0.5, -1.0], np.float16),
  }
  tensors.write(str(tmp_path / 'ckpt-1'), values)
  read = tensors.read_all(str(tmp_path / 'ckpt-1'))

  assert set(read) == set(values)
  for name, value in values.items():
    np.testing.assert_array_equal(read[name], value)
  assert integrity.damaged_values(str(tmp_path / 'ckpt-1')) is None


def test_every_flipped_byte_is_found(tmp_path):
  """Wherever a byte changes, in index or data, the checkpoint is not sound."""
  prefix = str(tmp_path / 'ckpt-1')
  tensors.write(prefix, {'a': np.arange(5.0), 'b': np.int32(3)})
  for suffix in ('.index', '.data-00000-of-00001'):
    path = tmp_path / f'ckpt-1{suffix}'
    good = path.read_bytes()
    for place in range(len(good)):
      path.write_bytes(
        good[:place] + bytes([good[place] ^ 0x20]) + good[place + 1 :]
      )
      found = integrity.defect(prefix) or integrity.damaged_values(prefix)
      if found is None:
        # What no reader looks at: padding, the empty block of metadata.
        assert suffix == '.index'
        values = tensors.read_all(prefix)
        np.testing.assert_array_equal(values['a'], np.arange(5.0))
        assert values['b'] == 3
    path.write_bytes(good)


@pytest.mark.parametrize('content', [b'', b'x' * 10, b'x' * 100])
def test_what_is_no_index(tmp_path, content):
  """A file that is no index is refused with a reason."""
  (tmp_path / 'ckpt-1.index').write_bytes(content)

  with pytest.raises(ValueError, match='ckpt-1.index'):
    bundle_index.read(str(tmp_path / 'ckpt-1'))
  assert 'cannot be read' in integrity.defect(str(tmp_path / 'ckpt-1'))
