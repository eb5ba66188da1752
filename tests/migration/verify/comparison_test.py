"""Compares exports and checkpoints that are the same, and that are not."""

import numpy as np
import pytest

import tfcompat_estimator as estimators
from tests.migration.verify import changing
from tests.mistakes import given
from tfcompat_estimator.migration.verify import comparison


def test_same(export, copy):
  """A copy is the same in all parts, and all were looked at."""
  found = comparison.compare(str(export), str(copy))

  assert not [finding for finding in found if finding.problem]
  kinds = {finding.what for finding in found}
  assert kinds == {'signature', 'variable', 'output'}
  names = {finding.name for finding in found if finding.what == 'output'}
  assert 'predict: probabilities' in names
  assert 'serving_default: scores' in names


def test_one_weight(export, copy):
  """A weight that differs is found, and in what it changes."""
  name = 'dnn/logits/bias'
  changing.with_weight(copy, name, lambda value: value + np.float32(0.5))

  found = changing.problems(export, copy)

  assert found['variable', name] == 'values differ by up to 0.5'
  assert found['output', 'predict: logits'] == 'values differ by up to 0.5'
  assert not [key for key in found if key[0] == 'signature']


def test_tolerance(export, copy):
  """What is smaller than the tolerance is the same, but told."""
  name = 'dnn/logits/bias'
  changing.with_weight(copy, name, lambda value: value + np.float32(1e-3))

  found = {
    finding.name: finding
    for finding in comparison.compare(str(export), str(copy), tolerance=0.1)
  }
  assert not found[name].problem
  assert found[name].difference == pytest.approx(1e-3, rel=0.01)
  assert ('variable', name) in changing.problems(export, copy)


def test_signature(export, copy):
  """One that is missing, a dtype and a method are found."""

  def edit(graph):
    del graph.signature_def['regression']
    graph.signature_def['predict'].method_name = 'other'
    graph.signature_def['classification'].outputs['scores'].dtype = 2

  changing.edited(copy, edit)
  found = changing.problems(export, copy)

  assert found['signature', 'regression'] == 'not in new'
  assert (
    'method is tensorflow/serving/predict in old, other in new'
    in (found['signature', 'predict'])
  )
  assert (
    'scores is float32 [None, 2] in old, float64'
    in (found['signature', 'classification'])
  )


def test_checkpoints(tmp_path):
  """Checkpoints are compared by their variables."""
  first = given.trained(estimators, tmp_path / 'a').model_dir
  second = given.trained(
    estimators, tmp_path / 'b', hidden_units=(5,)
  ).model_dir

  assert changing.problems(first, first) == {}
  found = changing.problems(first, second)
  assert (
    'shape (3, 4) in old, (3, 5) in new'
    in (found['variable', 'dnn/hiddenlayer_0/kernel'])
  )


def test_goldens(goldens):
  """An export of TensorFlow 2.15.1's Estimator is read, and is itself."""
  found = comparison.compare(
    *[str(goldens / 'v2_dnn_classifier_binary' / 'export')] * 2
  )

  assert not [finding for finding in found if finding.problem]
  assert {finding.what for finding in found} >= {'variable', 'output'}
