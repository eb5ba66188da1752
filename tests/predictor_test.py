"""Loads models once and calls them many times."""

import threading

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.saved_models import models
from tfcompat_estimator import predictor

v1 = tf.compat.v1


@pytest.fixture(scope='module')
def estimator(tmp_path_factory):
  return models.trained(tmp_path_factory)


@pytest.fixture(scope='module')
def export_dir(estimator, tmp_path_factory):
  return estimator.export_saved_model(
    str(tmp_path_factory.mktemp('export')), models.parsing_receiver()
  )


@pytest.fixture(scope='module')
def expected(export_dir):
  """What tf.saved_model.load serves."""
  loaded = tf.saved_model.load(export_dir)
  outputs = loaded.signatures['predict'](
    examples=tf.constant(models.examples())
  )
  return outputs['p'].numpy()


def makers(estimator, export_dir):
  return {
    'bytes': lambda: predictor.from_saved_model(export_dir),
    'str': lambda: predictor.from_saved_model(
      export_dir.decode(), tags='serve'
    ),
    'estimator': lambda: predictor.from_estimator(
      estimator, models.parsing_receiver()
    ),
  }


@pytest.mark.parametrize('source', ['bytes', 'str', 'estimator'])
def test_default_signature(estimator, export_dir, expected, source):
  """All ways to make one give the default signature, again and again."""
  with makers(estimator, export_dir)[source]() as predict:
    for _ in range(3):
      got = predict({'inputs': models.examples()})
      np.testing.assert_allclose(got['scores'], expected, rtol=1e-6)
    assert got['classes'].dtype == object
    assert list(predict.feed_tensors) == ['inputs']
    assert set(predict.fetch_tensors) == {'scores', 'classes'}
    assert predict.fetch_tensors['scores'].graph is predict.graph
    assert tf.executing_eagerly()
  with pytest.raises(RuntimeError, match='closed'):
    predict({'inputs': []})


@pytest.mark.parametrize(
  'choice',
  [
    {'signature_def_key': 'predict'},
    {'input_names': {'e': 'input_example_tensor:0'}, 'output_names': None},
    {'signature_def': None},
  ],
)
def test_chosen_signature(export_dir, expected, choice):
  """A key, a SignatureDef, or names of tensors choose what to compute."""
  signature = models.load(export_dir).meta_graphs[0].signature_def['predict']
  if 'output_names' in choice:
    choice = {**choice, 'output_names': {'p': signature.outputs['p'].name}}
  if 'signature_def' in choice:
    choice = {'signature_def': signature}
  predict = predictor.from_saved_model(export_dir, **choice)
  (name,) = predict.feed_tensors

  np.testing.assert_allclose(
    predict({name: models.examples()})['p'], expected, rtol=1e-6
  )


def test_raw_inputs_from_an_estimator(estimator, expected):
  """Raw receivers make one that takes the features themselves."""
  predict = predictor.from_estimator(
    estimator, models.raw_receiver(), output_key='predict'
  )
  got = predict({'x': models.X, 'word': ['green', 'mauve']})

  np.testing.assert_allclose(got['p'], expected, rtol=1e-6)


def test_threads(export_dir, expected):
  """Several threads may call one predictor."""
  predict = predictor.from_saved_model(export_dir)
  wrong = []

  def call():
    for _ in range(20):
      scores = predict({'inputs': models.examples()})['scores']
      if not np.allclose(scores, expected):
        wrong.append(scores)

  threads = [threading.Thread(target=call) for _ in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert not wrong


@pytest.mark.parametrize(
  'call, message',
  [
    (
      lambda e, d: predictor.from_saved_model(d)({'input': []}),
      r"unexpected keys in input_dict: \['input'\]",
    ),
    (
      lambda e, d: predictor.from_saved_model(d, 'nope'),
      'Got signature_def_key "nope". Available signatures are',
    ),
    (
      lambda e, d: predictor.from_estimator(
        e, models.parsing_receiver(), output_key='nope'
      ),
      'Got signature_def_key "nope"',
    ),
    (
      lambda e, d: predictor.from_saved_model(
        d, 'predict', input_names={'a': 'b'}
      ),
      'must both be specified',
    ),
    (
      lambda e, d: predictor.from_saved_model(
        d, 'predict', input_names={'a': 'b'}, output_names={'a': 'b'}
      ),
      'at most one of',
    ),
  ],
)
def test_errors(estimator, export_dir, call, message):
  """A wrong name or choice says what is known."""
  with pytest.raises(ValueError, match=message):
    call(estimator, export_dir)


def test_an_untrained_estimator_is_refused(tmp_path):
  """Predictions of random weights are of no use to anybody."""
  with pytest.raises(ValueError, match="Couldn't find trained model"):
    predictor.from_estimator(
      models.make(str(tmp_path / 'model')), models.raw_receiver()
    )


def test_the_only_signature_is_the_default_one(tmp_path):
  """A classifier has no default one where it gets the features as they are."""
  column = tf.feature_column.numeric_column('x')
  classifier = tfcompat_estimator.v2.LinearClassifier(
    [column], model_dir=str(tmp_path)
  )
  features = {'x': np.ones([2, 1], 'f')}
  classifier.train(
    lambda: tf.data.Dataset.from_tensors((features, np.ones([2, 1], 'i'))),
    steps=1,
  )
  receiver = tfcompat_estimator.v2.export.build_raw_serving_input_receiver_fn(
    {'x': tf.ones([2, 1])}
  )

  assert predictor.from_estimator(classifier, receiver)(features)[
    'classes'
  ].shape == (2, 1)
