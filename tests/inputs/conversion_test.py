"""Tests that values become the arrays that TensorFlow makes of them."""

import importlib.util
import itertools
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator as tfe
from tfcompat_estimator import _tf
from tfcompat_estimator.inputs import conversion

v1 = tf.compat.v1

VALUES = {
  'int': 3,
  'float': 2.75,
  'large': 300,
  'nan': float('nan'),
  'bool': True,
  'text': 'ab',
  'list': [[1, 2], [3, 4]],
  'ragged': [[1], [2, 3]],
  'array': np.arange(6.0).reshape(2, 3).T,
  'scalar': np.float32(1.5),
  'strings': np.array([b'a', b'bc'], object),
  'empty': [],
}
DTYPES = [None, np.float32, np.int8, np.uint8, np.int64, bool, object, str]


_as_bytes = tf.compat.as_bytes


def _of_others_only(value):
  """TensorFlow's function, not called for the usual types."""
  assert type(value) not in (bytes, str)
  return _as_bytes(value)


def outcome(make, value, dtype, order, copy):
  """What is made of a value, and whether it is the value itself; or an error."""
  try:
    with np.errstate(invalid='ignore'):
      made = make(value, dtype=dtype, order=order, copy=copy)
  except Exception as error:  # noqa: BLE001 - the type is compared
    return type(error)
  is_shared = isinstance(value, np.ndarray) and np.shares_memory(made, value)
  return repr(made), made.dtype, made.flags.c_contiguous, is_shared


@pytest.fixture
def theirs(monkeypatch):
  """TensorFlow's own function, which is in use again."""
  if _tf.numpy_compat is None or np.__version__ < '2':
    pytest.skip('NumPy 1')
  spec = _tf.numpy_compat.__spec__
  as_published = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(as_published)
  monkeypatch.setattr(_tf.numpy_compat, 'np_asarray', as_published.np_asarray)
  return as_published.np_asarray


def test_arrays_are_those_of_tensorflow(theirs):
  """Of the same values, shared or copied; or the error is the same."""
  conversion.install()

  assert _tf.numpy_compat.np_asarray is conversion.as_array
  for value, dtype, order, copy in itertools.product(
    VALUES.values(), DTYPES, [None, 'C', 'F'], [None, True, False]
  ):
    case = (value, dtype, order, copy)
    expected = outcome(theirs, *case)
    assert outcome(conversion.as_array, *case) == expected, case


@pytest.mark.parametrize(
  'strings',
  [
    ['a', 'ü', ''],
    [b'a', b'\xff', b'a\0'],
    [['a', b'b'], [bytearray(b'c'), np.str_('d')]],
    np.array(['a', 'bcd']),
    np.array([b'a', b'bcd']),
    np.array([np.bytes_(b'a'), 'b'], object),
    [],
    ['a', 3],
    ['\ud800'],
  ],
  ids=repr,
)
def test_strings_are_those_of_tensorflow(strings, monkeypatch):
  """The bytes are the same, or the error is."""

  def made():
    array = np.asarray(
      strings, None if isinstance(strings, np.ndarray) else 'O'
    )
    try:
      return v1.make_tensor_proto(array, tf.string).SerializeToString()
    except Exception as error:  # noqa: BLE001 - the type is compared
      return type(error), str(error)

  with monkeypatch.context() as patch:

    def one_by_one(proto, values):
      proto.string_val.extend(map(tf.compat.as_bytes, values))

    patch.setattr(conversion, 'append_strings', one_by_one)
    conversion.install()
    expected = made()
  conversion.install()
  monkeypatch.setattr(_tf.tensor_util.compat, 'as_bytes', _of_others_only)

  assert made() == expected


@pytest.mark.usefixtures('theirs')
def test_an_input_asks_for_no_version(tmp_path):
  """TensorFlow converts what a generator yields without NumPy's version."""
  parsed = []

  def examples():
    with mock.patch.object(
      np.lib, 'NumpyVersion', side_effect=lambda _: parsed.append(1)
    ):
      for value in (1, 2.5, np.float32(3)):
        yield [value]

  def input_fn():
    return tf.data.Dataset.from_generator(
      examples, output_signature=tf.TensorSpec([1], tf.float32)
    )

  def model_fn(features, mode):
    return tfe.EstimatorSpec(mode, predictions={'x': features})

  estimator = tfe.Estimator(model_fn, tmp_path)
  rows = [row['x'].item() for row in estimator.predict(input_fn)]

  assert rows == [1, 2.5, 3]
  assert not parsed
