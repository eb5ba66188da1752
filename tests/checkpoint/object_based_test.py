"""Tests a tf.train.Checkpoint as the Scaffold's saver: all that a Saver does."""

import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator as tfe
from tests.checkpoint import object_models, small_model
from tests.parity import comparison
from tfcompat_estimator import predictor
from tfcompat_estimator.canned import saved_model_estimator
from tfcompat_estimator.checkpoint import checkpoint_source, object_based

v1 = tf.compat.v1


@pytest.fixture(scope='module', params=object_models.NETS)
def net(request):
  return request.param


@pytest.fixture(scope='module')
def trained(net, tmp_path_factory):
  """An Estimator with checkpoints 0 to 3."""
  folder = tmp_path_factory.mktemp(net) / 'model'
  return object_models.train(folder, 3, {'net': net})


@pytest.fixture
def copy(trained, tmp_path):
  """The same in a directory of its own."""
  shutil.copytree(trained.model_dir, tmp_path / 'copy')
  return object_models.make(tmp_path / 'copy', trained.params)


def test_keys_are_paths_of_attributes(trained, net):
  """Checkpoints are those of tf.train.Checkpoint, described by their objects."""
  names = trained.get_variable_names()
  assert 'step/.ATTRIBUTES/VARIABLE_VALUE' in names
  assert '_CHECKPOINTABLE_OBJECT_GRAPH' in names
  assert [n for n in names if n.startswith('net/') and 'SLOT' not in n]
  step = tf.Variable(0, dtype=tf.int64)
  with tf.init_scope():
    status = tf.train.Checkpoint(step=step).restore(trained.latest_checkpoint())
  status.expect_partial()
  assert checkpoint_source.global_step(trained.latest_checkpoint()) == 3


def test_exports_all_modes(trained, tmp_path):
  """Each signature computes with the checkpoint's values."""
  path = trained.experimental_export_all_saved_models(
    str(tmp_path),
    {
      'train': object_models.supervised,
      'eval': object_models.supervised,
      'infer': object_models.receiver,
    },
  )

  model = tf.saved_model.load(tf.compat.as_str(path), tags=['serve'])
  served = model.signatures['serving_default'](x=tf.constant(object_models.X))
  expected = object_models.predicted(trained)
  np.testing.assert_allclose(served['y'], expected, rtol=1e-6)
  ours = predictor.from_saved_model(path)({'x': object_models.X})
  np.testing.assert_allclose(ours['y'], expected, rtol=1e-6)
  # Another Estimator goes on from it, in training mode, too.
  onward = saved_model_estimator.SavedModelEstimator(path)
  metrics = onward.evaluate(
    lambda: object_models.eval_input_fn().map(lambda x, y: (x, {'y': y}))
  )
  own = trained.evaluate(object_models.eval_input_fn)
  assert metrics['loss'] == pytest.approx(own['loss'], rel=1e-5)


def test_exporters_of_train_and_evaluate(net, tmp_path):
  """Exporters write, best checkpoints are kept, and both serve."""
  estimator = object_models.make(tmp_path / 'model', {'net': net})
  exporters = [
    tfe.LatestExporter('latest', object_models.receiver),
    tfe.BestExporter('best', object_models.receiver),
    tfe.FinalExporter('final', object_models.receiver),
    tfe.experimental.BestCheckpointExporter('kept', keep=2),
  ]

  metrics, results = tfe.train_and_evaluate(
    estimator,
    tfe.TrainSpec(object_models.input_fn, max_steps=4),
    tfe.EvalSpec(object_models.eval_input_fn, exporters=exporters),
  )

  assert metrics['global_step'] == 4
  assert None not in results
  expected = object_models.predicted(estimator)
  for path in results[:3]:
    served = predictor.from_saved_model(path)({'x': object_models.X})
    np.testing.assert_allclose(served['y'], expected, rtol=1e-6)
  best = tf.train.latest_checkpoint(f'{estimator.model_dir}/export/kept')
  np.testing.assert_array_equal(
    object_models.predicted(estimator, checkpoint_path=best), expected
  )


def test_goes_on_as_if_never_stopped(net, tmp_path):
  """Two trainings are one; at max_steps there is nothing left to do."""
  for max_steps in (2, 4, 4):
    object_models.train(tmp_path / 'two', max_steps, {'net': net})
  object_models.train(tmp_path / 'one', 4, {'net': net})

  two = small_model.values_of(tmp_path / 'two')
  one = small_model.values_of(tmp_path / 'one')
  assert small_model.steps_on_disk(tmp_path / 'two') == [0, 1, 2, 3, 4]
  small_model.assert_same(two, one)


@pytest.mark.parametrize('keep, left', [(2, [4, 5]), (None, list(range(6)))])
def test_keeps_as_many_as_the_config_says(tmp_path, keep, left):
  """RunConfig.keep_checkpoint_max holds, over several calls."""
  for max_steps in (3, 5):
    object_models.train(tmp_path, max_steps, keep_checkpoint_max=keep)

  assert small_model.steps_on_disk(tmp_path) == left
  state = tf.train.get_checkpoint_state(str(tmp_path))
  assert state.model_checkpoint_path == f'{tmp_path}/model.ckpt-5'


def test_moves_with_its_directory(copy, trained):
  """The state file has relative paths, as with the default saver."""
  assert copy.latest_checkpoint() == f'{copy.model_dir}/model.ckpt-3'
  np.testing.assert_array_equal(
    object_models.predicted(copy), object_models.predicted(trained)
  )


@pytest.mark.parametrize('part', ['index', 'data-00000-of-00002'])
def test_a_damaged_latest_checkpoint_is_passed_over(copy, trained, part):
  """Evaluation, prediction, export and training use the one before."""
  before = f'{trained.model_dir}/model.ckpt-2'
  expected = object_models.predicted(trained, checkpoint_path=before)
  path = f'{copy.model_dir}/model.ckpt-3.{part}'
  with open(path, 'r+b') as file:
    file.truncate(os.path.getsize(path) // 2)

  np.testing.assert_array_equal(object_models.predicted(copy), expected)
  assert copy.evaluate(object_models.eval_input_fn)['global_step'] == 2
  export = copy.export_saved_model(
    f'{copy.model_dir}/export', object_models.receiver
  )
  served = predictor.from_saved_model(export)({'x': object_models.X})
  np.testing.assert_allclose(served['y'], expected, rtol=1e-6)
  copy.train(object_models.input_fn, max_steps=3)
  small_model.assert_same(
    small_model.values_of(copy.model_dir),
    small_model.values_of(trained.model_dir),
  )


@pytest.mark.parametrize(
  'first, then',
  [
    (object_models.names, object_models.objects),
    (object_models.objects, object_models.names),
    (object_models.objects, object_models.old_objects),
    (object_models.old_objects, object_models.old_objects),
  ],
)
def test_models_may_change_between_names_and_objects(first, then, tmp_path):
  """A checkpoint of the other kind restores all, slots of the optimizer too."""
  object_models.train(tmp_path / 'both', 2, {'saver': first})
  estimator = object_models.train(tmp_path / 'both', 4, {'saver': then})

  one = object_models.train(tmp_path / 'one', 4, {'saver': then})
  small_model.assert_same(
    small_model.values_of(estimator.model_dir),
    small_model.values_of(one.model_dir),
  )


@pytest.mark.parametrize('first', [object_models.names, object_models.objects])
def test_other_shapes_of_the_other_kind_are_refused(first, tmp_path):
  """As with the same kind: the error has the variable and both shapes."""
  others = {
    object_models.names: object_models.objects,
    object_models.objects: object_models.names,
  }

  class Wide(object_models.Variables):
    def __init__(self):
      tf.Module.__init__(self)
      self.w = v1.get_variable('w', [3, 2])
      self.b = v1.get_variable('b', [1])

  object_models.train(tmp_path, 1, {'saver': first})
  object_models.NETS['wide'] = Wide
  try:
    with pytest.raises(ValueError, match=r'w.* has shape \[3, 1\] .* \[3, 2\]'):
      object_models.train(tmp_path, 2, {'saver': others[first], 'net': 'wide'})
  finally:
    del object_models.NETS['wide']


def test_parts_have_no_key_by_name(tmp_path):
  """The value of one is not that of the variable, whose name all parts have."""
  parts = {key: tf.Variable([0.0], name='parted') for key in ('one', 'other')}
  checkpoint = tf.train.Checkpoint(
    whole=tf.Variable(1.0, name='whole'), **parts
  )

  keys = object_based.keys_by_name(checkpoint.write(tmp_path / 'saved'))

  assert 'parted' not in keys
  assert keys['whole'] == 'whole/.ATTRIBUTES/VARIABLE_VALUE'


@pytest.mark.parametrize('saver', [object_models.names, object_models.objects])
def test_missing_objects_are_named(saver, tmp_path):
  """What the checkpoint lacks, all of it, and what to do."""
  object_models.train(tmp_path, 1, {'saver': saver})

  with pytest.raises(tf.errors.NotFoundError) as caught:
    object_models.train(tmp_path, 2, {'saver': saver, 'more': True})

  assert 'not found in checkpoint' in caught.value.message
  assert 'more' in caught.value.message
  assert 'give another model_dir' in caught.value.message


def test_what_the_checkpoint_does_not_save_is_named(tmp_path):
  """Variables outside of the tf.train.Checkpoint are missing on resume."""
  params = {'saver': lambda step, optimizer, net: tf.train.Checkpoint(net=net)}
  estimator = object_models.train(tmp_path, 1, params)

  with pytest.raises(RuntimeError) as caught:
    estimator.evaluate(object_models.eval_input_fn)

  assert 'global_step' in str(caught.value)
  assert 'add them to the tf.train.Checkpoint' in str(caught.value)


def test_warm_start(trained, tmp_path):
  """Trainable variables begin as they are in an object-based checkpoint."""
  for start in (
    trained.model_dir,
    trained.latest_checkpoint(),
    tfe.WarmStartSettings(trained.model_dir, '.*'),
  ):
    warm = object_models.make(tmp_path, trained.params, start)
    np.testing.assert_array_equal(
      object_models.predicted(warm), object_models.predicted(trained)
    )


def test_resume_input(tmp_path):
  """The position in the input is kept beside, and followed."""

  def counting():
    return tf.data.Dataset.range(100).map(
      lambda i: ({'x': tf.fill([1, 3], tf.cast(i, tf.float32))}, [[0.0]])
    )

  def run(folder, *all_steps):
    for max_steps in all_steps:
      estimator = object_models.make(folder)
      hook = tfe.experimental.ResumeInput(estimator)
      estimator.train(counting, [hook], max_steps=max_steps)
    return small_model.values_of(folder)

  small_model.assert_same(run(tmp_path / 'two', 2, 5), run(tmp_path / 'one', 5))


def test_hooks_find_the_saver_in_their_scaffold(tmp_path):
  """The scaffold that a model_fn made has a Saver, which saves elsewhere, too."""
  paths = []

  class SavesItself(v1.train.SessionRunHook):
    def end(self, session):
      saver = self.scaffold.saver
      assert isinstance(saver, v1.train.Saver)
      paths.append(saver.save(session, str(tmp_path / 'mine'), 7))

  def model_fn(features, labels, mode, params):
    spec = object_models.model_fn(features, labels, mode, params)
    hook = SavesItself()
    hook.scaffold = spec.scaffold
    return spec._replace(training_hooks=[hook])

  tfe.Estimator(model_fn, str(tmp_path / 'm'), params={}).train(
    object_models.input_fn, steps=2
  )

  assert checkpoint_source.global_step(paths[0]) == 2


@pytest.fixture(scope='module')
def replicated(ours, tmp_path_factory):
  """What was observed with two replicas."""
  folder = str(tmp_path_factory.mktemp('replicated'))
  return ours.call(
    '../../checkpoint/replicated_objects', 'observe', folder=folder
  )


@pytest.mark.parametrize('net', object_models.NETS)
def test_replicas_save_and_restore_objects(net, replicated):
  """As one device does: the same keys and values, with a strategy or without."""
  seen = replicated['scaffold'][net]

  comparison.assert_close(*seen['values'], 1e-5)
  np.testing.assert_allclose(seen['served'], seen['latest'], rtol=1e-6)
  assert list(seen['kept']) == [3, 4]
  assert seen['damaged'] == 3


@pytest.mark.parametrize('then', ['names', 'objects'])
def test_replicas_change_between_names_and_objects(then, replicated):
  """A checkpoint of the other kind restores all, on replicas, too."""
  comparison.assert_close(*replicated['changed'][then], 1e-5)


@pytest.mark.parametrize('kind', ['saver', 'checkpoint'])
@pytest.mark.parametrize('library', ['tf_keras', 'keras3'])
def test_keras_models_on_replicas(library, kind, replicated):
  """They go on with replicas and without, from checkpoints of either format."""
  both, one = replicated['keras_models'][f'{library} {kind}']

  comparison.assert_close({k: both[k] for k in one}, one, 1e-4)
