"""What is put into a vector of bytes comes out of it as it was."""

import os

import hypothesis
import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from tfcompat_estimator.distribution.servers import packing

v1 = tf.compat.v1
VALUES = {
  'numbers': [np.float32(1.5), np.int64(-3), np.float64([np.nan, np.inf])],
  'half': [np.array([1, 2], ml_dtypes.bfloat16), np.float16([[1], [2]])],
  'bytes': [np.uint8([1, 2]), np.int8([[-1]]), np.complex64([1 + 2j])],
  'none': [np.zeros([0], 'f'), np.zeros([2, 0], 'i8'), np.float32([1, 2])],
  'many': [np.full([3, i], i, 'f') for i in range(40)],
}


def as_given(value):
  return value.shape


def any_length(value):
  """Shapes whose first dimension is not known."""
  return (None, *value.shape[1:]) if value.ndim else ()


@pytest.mark.parametrize('shape_of', [as_given, any_length])
@pytest.mark.parametrize('name', VALUES)
def test_round_trip(name, shape_of):
  """All kinds and shapes keep their bits."""
  values = [np.asarray(value) for value in VALUES[name]]
  taken = assert_kept(values, [shape_of] * len(values))
  assert taken > 1


DTYPES = [*'efdbhilqBHILQFD', ml_dtypes.bfloat16]


@st.composite
def arrays(draw):
  """Any bits, of any kind and shape of numbers, and how much is known of it."""
  dtype = np.dtype(draw(st.sampled_from(DTYPES)))
  shape = draw(st.lists(st.integers(0, 4), max_size=3))
  size = int(np.prod(shape)) * dtype.itemsize
  bits = draw(st.binary(min_size=size, max_size=size))
  values = np.frombuffer(bits, dtype).reshape(shape)
  return values, draw(st.sampled_from([as_given, any_length]))


@hypothesis.settings(
  max_examples=int(os.environ.get('TFCOMPAT_FUZZ_COUNT', '60')),
  derandomize=True,
  database=None,
  deadline=None,
)
@hypothesis.given(st.lists(arrays(), min_size=1, max_size=12))
def test_any_values(drawn):
  """Whatever goes together."""
  assert_kept(*zip(*drawn, strict=True))


def assert_kept(values, shapes_of):
  """Packs and unpacks what fits; how many that were."""
  with tf.Graph().as_default(), v1.Session() as session:
    given = [
      v1.placeholder(each.dtype, shape_of(each))
      for each, shape_of in zip(values, shapes_of, strict=True)
    ]
    kept = [packing.fits(tensor) for tensor in given]
    values = [value for value, fits in zip(values, kept, strict=True) if fits]
    given = [tensor for tensor, fits in zip(given, kept, strict=True) if fits]
    if not given:
      return 0
    specs = [tf.TensorSpec(each.shape, each.dtype) for each in given]
    vector = packing.pack(given)
    taken = packing.unpack(vector, specs)
    results = session.run(taken, dict(zip(given, values, strict=True)))
  assert vector.dtype == tf.uint8
  for result, value in zip(results, values, strict=True):
    assert (result.dtype, result.shape) == (value.dtype, value.shape)
    assert result.tobytes() == value.tobytes()
  return len(values)


@pytest.mark.parametrize(
  'dtype, shape',
  [
    (tf.string, [2]),
    (tf.bool, []),
    (tf.variant, []),
    (tf.float32, None),
    (tf.float32, [None, None]),
    (tf.float32, [None, 0]),
  ],
)
def test_does_not_fit(dtype, shape):
  """Of no size, or of a shape that a size does not tell."""
  with tf.Graph().as_default():
    assert not packing.fits(v1.placeholder(dtype, shape))
