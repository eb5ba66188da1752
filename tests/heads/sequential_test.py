"""Checks which steps of sequences a head sees."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import given, libraries
from tfcompat_estimator.heads import sequential

H = libraries.HEADS
MASK = np.array([[1, 1, 0], [1, 0, 0]], bool)
LOGITS = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
ZEROS = np.zeros([2, 3, 1], np.float32)
# Logits 0, 1 and 3 are not padding.
MEAN_SQUARE = (0 + 1 + 9) / 3


def wrapped(head=None, **arguments):
  return H.SequentialHeadWrapper(head or H.RegressionHead(), **arguments)


def features(**others):
  mask = {'sequence_length_mask': tf.constant(MASK)}
  return {**mask, **{key: tf.constant(value) for key, value in others.items()}}


def test_it_speaks_for_its_head():
  """Width and reduction are those of the head; the name says more."""
  head = wrapped(H.MultiClassHead(3, name='n'), sequence_length_mask='m')

  assert isinstance(head, sequential.SequentialHead)
  assert head.static_head.name == 'n'
  assert (head.name, head.logits_dimension) == ('n_sequential', 3)
  assert head.loss_reduction == 'sum_over_batch_size'
  assert head.input_sequence_mask_key == 'm'
  assert wrapped().name is None


LABELS = {
  'dense': lambda: tf.constant(ZEROS),
  'without last axis': lambda: tf.constant(ZEROS[..., 0]),
  'sparse': lambda: tf.SparseTensor(
    [[0, 0], [0, 1], [1, 0]], [0.0] * 3, [2, 3]
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('labels', LABELS.values(), ids=LABELS)
def test_loss_is_that_of_the_steps(labels):
  """Padded steps do not count, whatever form the labels have."""
  loss = wrapped().loss(tf.constant(LOGITS), labels(), features())

  assert loss.numpy() == pytest.approx(MEAN_SQUARE)


@pytest.mark.eager
def test_weights_of_steps():
  """A listed feature is flattened as the labels are."""
  head = wrapped(H.RegressionHead(weight_column='w'), feature_columns=['w'])
  weights = np.array([[9, 2, 7], [1, 7, 7]], np.float32)

  loss = head.loss(tf.constant(LOGITS), tf.constant(ZEROS), features(w=weights))

  assert loss.numpy() == pytest.approx((0 * 9 + 1 * 2 + 9 * 1) / 3)


@pytest.mark.eager
def test_metrics_count_steps():
  """Metrics weigh each step as an example."""
  head = wrapped()
  metrics = head.metrics()

  head.update_metrics(
    metrics, features(), tf.constant(LOGITS), tf.constant(ZEROS + 1)
  )

  assert metrics['prediction/mean'].result().numpy() == pytest.approx(4 / 3)
  assert metrics['label/mean'].result().numpy() == 1.0


def test_predictions_are_of_all_steps():
  """Serving gets all steps; the mask is a prediction, not an output."""
  with tf.Graph().as_default():
    spec = wrapped().create_estimator_spec(
      features=features(), mode='infer', logits=tf.constant(LOGITS)
    )

  assert list(spec.predictions) == ['predictions', 'sequence_length_mask']
  assert spec.predictions['predictions'].shape == [2, 3, 1]
  assert list(spec.export_outputs['predict'].outputs) == ['predictions']


BAD = {
  'no mask': (dict, ZEROS, 'provided sequence_length_mask key'),
  'no features': (lambda: None, ZEROS, 'provided sequence_length_mask key'),
  'mask of one axis': (
    lambda: {'sequence_length_mask': tf.constant([True, False])},
    ZEROS,
    'Mask is expected to have two dimensions, got 1 instead',
  ),
  'no labels': (features, None, 'You must provide a labels Tensor'),
  'labels of another length': (features, ZEROS[:, :2], 'incompatible'),
}


@pytest.mark.parametrize('inputs, labels, message', BAD.values(), ids=BAD)
def test_wrong_inputs(inputs, labels, message):
  """The mask must be there and fit the labels."""
  labels = labels if labels is None else tf.constant(labels)

  with pytest.raises(ValueError, match=message):
    wrapped().loss(tf.constant(LOGITS), labels, inputs())


def test_a_listed_feature_must_be_there():
  """A missing weight column is named."""
  with pytest.raises(ValueError, match='`w` column expected in features'):
    wrapped(feature_columns='w').loss(
      tf.constant(LOGITS), tf.constant(ZEROS), features()
    )


REFUSED_ARGUMENTS = {
  'mask key that is no str': (
    lambda: H.SequentialHeadWrapper(
      H.BinaryClassHead(), sequence_length_mask=5
    ),
    TypeError,
    '`sequence_mask` column must be a string',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)
