"""Tests paths as str, bytes and os.PathLike, wherever one is taken."""

import os
import pathlib

import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tests import tiny
from tfcompat_estimator import predictor
from tfcompat_estimator.canned import saved_model_estimator
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.migration.checkpoints import converter
from tfcompat_estimator.records import arguments

v1 = tf.compat.v1
KINDS = {'str': str, 'bytes': os.fsencode, 'path': pathlib.Path}
X = tf.feature_column.numeric_column('x')


def input_fn():
  return tf.data.Dataset.from_tensors(({'x': [[1.0]]}, [[2.0]])).repeat(2)


receiver = tfe.export.build_raw_serving_input_receiver_fn(
  {'x': tf.TensorSpec([None, 1], tf.float32)}
)


def regressor(model_dir=None, **options):
  return tfe.LinearRegressor([X], model_dir=model_dir, **options)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A regressor with a checkpoint, an evaluation and an export."""
  folder = tmp_path_factory.mktemp('trained')
  model = regressor(str(folder / 'model'))
  model.train(input_fn)
  model.evaluate(input_fn)
  model.exported = model.experimental_export_all_saved_models(
    str(folder / 'export'), {'infer': receiver}
  )
  return model


def exported_by(exporter):
  def use(model, kind, folder):
    return exporter('x', receiver).export(
      model,
      kind(folder),
      kind(model.latest_checkpoint()),
      {'loss': 1.0, 'global_step': 2},
      is_the_final_export=True,
    )

  return use


def assets(model, kind, folder):
  file = folder / 'note'
  file.write_text('hello')
  export = model.export_saved_model(
    kind(folder), receiver, assets_extra={kind('a/note'): kind(file)}
  )
  return pathlib.Path(export.decode(), 'assets.extra/a/note').read_text()


def keras_model(model, kind, folder):
  keras = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=[1])])
  keras.compile('sgd', 'mse')
  path = folder / 'keras.h5'
  keras.save(path)
  return tfe.keras.estimator.model_to_estimator(
    keras_model_path=kind(path), model_dir=kind(folder / 'model')
  )


USES = {
  'model_dir': lambda m, kind, d: regressor(kind(d)).train(input_fn),
  'RunConfig': lambda m, kind, d: tfe.Estimator(
    tiny.model_fn, config=tfe.RunConfig(kind(d))
  ).train(tiny.batches(1)),
  'both': lambda m, kind, d: regressor(
    kind(d), config=tfe.RunConfig(model_dir=str(d))
  ),
  'replace': lambda m, kind, d: regressor(
    config=tfe.RunConfig().replace(model_dir=kind(d))
  ).train(input_fn),
  'warm_start_from': lambda m, kind, d: regressor(
    warm_start_from=kind(m.model_dir)
  ).train(input_fn),
  'warm_start_from a checkpoint': lambda m, kind, d: regressor(
    warm_start_from=kind(m.latest_checkpoint())
  ).train(input_fn),
  'WarmStartSettings': lambda m, kind, d: regressor(
    warm_start_from=tfe.WarmStartSettings(kind(m.model_dir))
  ).train(input_fn),
  'evaluate': lambda m, kind, d: m.evaluate(
    input_fn, checkpoint_path=kind(m.latest_checkpoint())
  ),
  'predict': lambda m, kind, d: next(
    m.predict(input_fn, checkpoint_path=kind(m.latest_checkpoint()))
  ),
  'export': lambda m, kind, d: m.export_saved_model(
    kind(d), receiver, checkpoint_path=kind(m.latest_checkpoint())
  ),
  'assets_extra': assets,
  'LatestExporter': exported_by(tfe.LatestExporter),
  'BestExporter': exported_by(tfe.BestExporter),
  'FinalExporter': exported_by(tfe.FinalExporter),
  'BestCheckpointExporter': exported_by(
    lambda name, _: tfe.experimental.BestCheckpointExporter(name)
  ),
  'SavedModelEstimator': lambda m, kind, d: next(
    saved_model_estimator.SavedModelEstimator(
      kind(m.exported.decode()), kind(d)
    ).predict(input_fn)
  ),
  'predictor': lambda m, kind, d: predictor.from_saved_model(
    kind(m.exported.decode()), signature_def_key='predict'
  )({'x': [[1.0]]}),
  'model_to_estimator': keras_model,
  'history': lambda m, kind, d: tfe.history(kind(m.model_dir)),
  'read_eval_metrics': lambda m, kind, d: eval_metrics.read_eval_metrics(
    kind(m.eval_dir())
  ),
  'early stopping': lambda m, kind, d: m.train(
    input_fn,
    [
      tfe.experimental.stop_if_no_decrease_hook(
        m, 'loss', 10**6, eval_dir=kind(m.eval_dir())
      )
    ],
    max_steps=1,
  ),
  'convert': lambda m, kind, d: converter.convert(
    kind(m.model_dir), kind(d), 'v1'
  ),
  'to_keras': lambda m, kind, d: tfe.to_keras(m, kind(m.latest_checkpoint())),
  'to_module': lambda m, kind, d: tfe.to_module(
    m, receiver, kind(m.latest_checkpoint())
  ),
}


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('use', USES)
def test_wherever_a_path_is_taken(use, kind, trained, tmp_path):
  """Each kind of path serves."""
  folder = tmp_path / 'folder'
  folder.mkdir()
  assert USES[use](trained, KINDS[kind], folder)


def test_what_is_no_path_stays():
  """None and the like are for others to judge."""
  assert arguments.as_path(None) is None
  assert arguments.as_path(5) == 5
  assert arguments.as_path(b'\xff') == os.fsdecode(b'\xff')
