"""Checks what receivers accept, name and refuse."""

import pytest
import tensorflow as tf

from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
Serving = receivers.ServingInputReceiver
TensorServing = receivers.TensorServingInputReceiver
Supervised = receivers.SupervisedInputReceiver
T = tf.zeros([1])


@pytest.mark.parametrize(
  'make, error, message',
  [
    (lambda: Serving(None, T), ValueError, 'features must be defined.'),
    (
      lambda: Serving({'x': T}, None),
      ValueError,
      'receiver_tensors must be defined.',
    ),
    (
      lambda: Serving({'x': 3}, T),
      ValueError,
      'feature x must be a Tensor, SparseTensor, or RaggedTensor.',
    ),
    (
      lambda: Serving(T, {1: T}),
      ValueError,
      'receiver_tensor keys must be strings: 1.',
    ),
    (
      lambda: Serving(T, {'a': 'b'}),
      ValueError,
      'receiver_tensor a must be a Tensor, SparseTensor, or RaggedTensor.',
    ),
    (
      lambda: Serving(T, T, [1]),
      ValueError,
      r'receiver_tensors_alternatives must be a dict: \[1\].',
    ),
    (lambda: TensorServing(None, T), ValueError, 'features must be defined.'),
    (
      lambda: TensorServing({'x': T}, T),
      ValueError,
      'feature must be a Tensor, SparseTensor, or RaggedTensor.',
    ),
    (lambda: Supervised(T, None, T), ValueError, 'labels must be defined.'),
    (
      lambda: receivers.build_raw_supervised_input_receiver_fn(
        {'x': T}, {'x': T}
      ),
      ValueError,
      'distinct keys',
    ),
    (
      receivers.build_raw_serving_input_receiver_fn(T),
      AttributeError,
      'no attribute items',
    ),
  ],
)
def test_refused(make, error, message):
  """What is no receiver raises the reference's error."""
  with pytest.raises(error, match=message):
    make()


@pytest.mark.parametrize(
  'receiver, features, tensors',
  [
    (Serving(T, T), ['feature'], ['input']),
    (Serving({'a': T}, {'b': T}), ['a'], ['b']),
    (Serving({1: T}, T), [1], ['input']),
    (
      receivers.UnsupervisedInputReceiver({'a': T}, T),
      ['a'],
      ['input'],
    ),
  ],
)
def test_names_of_single_tensors(receiver, features, tensors):
  """A single tensor gets the reference's name."""
  assert list(receiver.features) == features
  assert list(receiver.receiver_tensors) == tensors


def test_fields_in_order():
  """Receivers are namedtuples with the reference's fields."""
  fields = ('features', 'receiver_tensors', 'receiver_tensors_alternatives')

  assert Serving._fields == fields
  assert TensorServing._fields == fields
  assert Supervised._fields == ('features', 'labels', 'receiver_tensors')
  assert Serving(T, T).receiver_tensors_alternatives is None


@pytest.mark.parametrize('kind', ['sparse', 'ragged'])
def test_composite_features(kind):
  """Sparse and ragged features pass."""
  value = {
    'sparse': tf.sparse.from_dense([1.0]),
    'ragged': tf.ragged.constant([[1], [2, 3]]),
  }[kind]

  assert Serving({'x': value}, T).features['x'] is value


def test_supervised_single_tensors():
  """Features and labels that are tensors become inputs of fixed names."""
  with tf.Graph().as_default():
    receiver = receivers.build_raw_supervised_input_receiver_fn(
      tf.zeros([2, 3]), tf.zeros([2])
    )()

  assert list(receiver.receiver_tensors) == ['feature', 'label']
  assert receiver.features.shape.as_list() == [None, 3]
  assert tf.is_tensor(receiver.labels)
