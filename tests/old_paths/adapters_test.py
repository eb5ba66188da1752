"""Checks old private functions that have adapters against what they were."""

import pytest
import tensorflow as tf

from tfcompat_estimator.old_paths import (
  adapters,
)
from tfcompat_estimator.old_paths import (
  gc as old_gc,
)
from tfcompat_estimator.old_paths import (
  model_fns as old_model_fns,
)

v1 = tf.compat.v1


def test_summary_key_names_the_head():
  """A named head has its name behind the metric."""
  assert adapters.summary_key(None, 'loss') == 'loss'
  assert adapters.summary_key('a', 'loss') == 'loss/a'


def test_load_global_step(tmp_path):
  """The step of the latest checkpoint; 0 where there is none."""
  assert adapters.load_global_step(str(tmp_path)) == 0

  for step in (5, 12):
    path = str(tmp_path / f'model.ckpt-{step}')
    tf.raw_ops.SaveV2(
      prefix=path,
      tensor_names=['global_step'],
      shape_and_slices=[''],
      tensors=[tf.constant(step, tf.int64)],
    )
  v1.train.update_checkpoint_state(str(tmp_path), path)

  assert adapters.load_global_step(str(tmp_path)) == 12


@pytest.mark.parametrize(
  'fn, family',
  [(old_model_fns.dnn_model_fn, 'v1'), (old_model_fns.dnn_model_fn_v2, 'v2')],
)
def test_dnn_model_fn_builds_the_network(fn, family, tmp_path):
  """The model function of the deep network serves other model functions."""
  import tfcompat_estimator as estimator

  head = estimator.RegressionHead()
  if family == 'v1':
    from tfcompat_estimator.heads import v1_heads

    head = v1_heads.regression_head()
  with tf.Graph().as_default():
    v1.train.create_global_step()
    spec = fn(
      features={'x': tf.constant([[1.0], [2.0]])},
      labels=tf.constant([[1.0], [2.0]]),
      mode='train',
      head=head,
      hidden_units=[3],
      feature_columns=[tf.feature_column.numeric_column('x')],
      config=estimator.RunConfig(model_dir=str(tmp_path)),
    )
    names = {v.op.name for v in v1.trainable_variables()}

  assert isinstance(spec, estimator.EstimatorSpec)
  assert any(n.startswith('dnn/hiddenlayer_0/kernel') for n in names)


def paths(*versions):
  return [old_gc.Path(f'/tmp/{v}', v) for v in versions]


@pytest.mark.parametrize(
  'keep, given, kept',
  [
    (old_gc.largest_export_versions(2), [1, 5, 3], [3, 5]),
    (old_gc.one_of_every_n_export_versions(3), range(8), [3, 6, 7]),
    (old_gc.mod_export_version(2), [1, 2, 3, 4], [2, 4]),
    (
      old_gc.union(
        old_gc.largest_export_versions(1), old_gc.mod_export_version(3)
      ),
      [1, 3, 4, 6, 8],
      [3, 6, 8],
    ),
    (
      old_gc.negation(old_gc.largest_export_versions(2)),
      [1, 2, 3],
      [1],
    ),
  ],
)
def test_filters_of_exports(keep, given, kept):
  """Filters keep what the old gc module's kept."""
  assert sorted(p.export_version for p in keep(paths(*given))) == sorted(kept)


def test_get_paths(tmp_path):
  """A parser picks what is an export."""
  for name in ('12', '7', 'other'):
    (tmp_path / name).mkdir()

  def parser(path):
    name = path.path.rpartition('/')[2]
    return path._replace(export_version=int(name)) if name.isdigit() else None

  found = old_gc.get_paths(str(tmp_path), parser)

  assert sorted(p.export_version for p in found) == [7, 12]
