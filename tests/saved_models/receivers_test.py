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

  assert list(receiver.receiver_tensors) == ['input', 'label']
  assert receiver.features.shape.as_list() == [None, 3]
  assert tf.is_tensor(receiver.labels)


class Quacks:
  """Says a dtype and a shape, as tensors do, and nothing else."""

  dtype = tf.float32

  def get_shape(self):
    return tf.TensorShape([2, 3])


LIKE = {
  'of known rank': (
    lambda: v1.placeholder(tf.string, [3, None], 'm'),
    ('m_1:0', [None, None]),
  ),
  'of unknown rank': (
    lambda: v1.placeholder(tf.float32, None, 'unk'),
    ('unk_1:0', None),
  ),
  'a scalar': (
    lambda: v1.placeholder(tf.float32, [], 'scope/s'),
    ('scope/s_1:0', [None]),
  ),
  'a second output': (
    lambda: tf.split(tf.zeros([4, 2]), 2, name='split')[1],
    ('split_1:0', [None, 2]),
  ),
  'quacks': (Quacks, ('Placeholder:0', [None, 3])),
  'a TensorSpec': (
    lambda: tf.TensorSpec([None, 3], tf.float32),
    ('Placeholder:0', [None, 3]),
  ),
}


@pytest.mark.parametrize('kind', LIKE)
@pytest.mark.parametrize('is_served', [True, False])
def test_raw_placeholders_have_the_names_of_features(kind, is_served):
  """They are on the wire; names and shapes are the reference's."""
  make, (name, shape) = LIKE[kind]
  with tf.Graph().as_default():
    features = {'f': make()}
    if is_served:
      receiver = receivers.build_raw_serving_input_receiver_fn(features)()
    else:
      label = v1.placeholder(tf.int64, [1], 'label')
      receiver = receivers.build_raw_supervised_input_receiver_fn(
        features, label
      )()
      assert receiver.labels.name == 'label_1:0'
    made = receiver.features['f']
    assert (made.name, made.shape) == (name, tf.TensorShape(shape))


@pytest.mark.parametrize(
  'features, labels, keys',
  [
    (Quacks(), Quacks(), {'input', 'label'}),
    (Quacks(), {'y': Quacks()}, {'input', 'y'}),
    ({'a': Quacks()}, Quacks(), {'a', 'label'}),
    (Quacks(), {'input': Quacks()}, None),
    ({'label': Quacks()}, Quacks(), None),
  ],
)
def test_single_supervised_tensors_have_keys(features, labels, keys):
  """`input` and `label`; no key may be that of both."""
  make = receivers.build_raw_supervised_input_receiver_fn
  if keys is None:
    with pytest.raises(ValueError, match='distinct keys'):
      make(features, labels)
    return
  with tf.Graph().as_default():
    assert make(features, labels)().receiver_tensors.keys() == keys


def test_features_without_labels_become_a_dict():
  """As those of a serving receiver do."""
  with tf.Graph().as_default():
    x = v1.placeholder(tf.float32, [None])
    receiver = receivers.UnsupervisedInputReceiver(x, x)
  assert receiver.features.keys() == {'feature'}
  assert receiver.receiver_tensors_alternatives is None


@pytest.mark.parametrize(
  'make, told',
  [
    (lambda one, other: Serving({'x': one + 1.0}, one), None),
    (lambda one, other: Serving({'x': one, 'y': other}, {'a': one}), "'other'"),
    (lambda one, other: Serving({'x': other}, one, {'b': other}), None),
    (lambda one, other: Serving({'x': tf.ones([2])}, one), 'one:0'),
    (lambda one, other: Serving({'x': tf.ones([2]), 'y': one}, one), None),
    (lambda one, other: TensorServing(other, {'a': one}), "'other'"),
  ],
)
def test_features_that_no_request_gives(make, told, caplog):
  """Each call would fail, or get the same answer."""
  with tf.Graph().as_default():
    one, other = (v1.placeholder(tf.float32, [2], name) for name in NAMES)
    receivers.warn_of_unfed(make(one, other))

  assert bool(told) == bool(caplog.text)
  assert (told or '') in caplog.text


NAMES = ('one', 'other')
