"""Tests Experiments of `tf.contrib.learn`."""

import pytest

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.migration.tf1 import learn_config
from tfcompat_estimator.migration.tf1.learn_estimators import (
  experiment as learn,
)


def _experiment(model_dir, config=(), **arguments):
  return learn.Experiment(
    tiny.estimator(model_dir, **dict(config)),
    tiny.batches(),
    tiny.batches(3),
    train_steps=4,
    eval_steps=2,
    eval_delay_secs=0,
    continuous_eval_throttle_secs=0,
    **arguments,
  )


def test_training_and_evaluation(tmp_path):
  """To a global step, by the hooks that are given."""
  hook = tiny.Recorder([], 'A')
  experiment = _experiment(tmp_path / 'm', train_monitors=[hook])
  experiment.train(delay_secs=0)
  metrics = experiment.evaluate(delay_secs=0)

  assert hook.runs == 4
  assert metrics['global_step'] == 4
  assert experiment.estimator.latest_checkpoint().endswith('-4')


@pytest.mark.parametrize(
  ('each', 'exported', 'folder'),
  [(False, [4], 'eval'), (True, [2, 4], 'eval_intermediate_export')],
)
def test_both_in_turn_and_exports(each, exported, folder, tmp_path):
  """A strategy is told of the last model, or of each, and its evaluation."""
  told = []

  def export(estimator, export_path, checkpoint_path, eval_result):
    told.append((checkpoint_path, eval_result['global_step']))
    return export_path

  experiment = _experiment(
    tmp_path / 'm',
    export_strategies=learn.ExportStrategy('mine', export),
    checkpoint_and_export=each,
    config={'save_checkpoints_steps': 2},
  )
  metrics, exports = experiment.train_and_evaluate()

  assert [step for _, step in told] == exported
  assert all(path.endswith(f'-{step}') for path, step in told)
  assert metrics['global_step'] == 4
  assert len(exports) == 1
  assert (tmp_path / 'm' / folder).is_dir()


def test_what_is_no_estimator_of_today_is_refused(tmp_path):
  """Nor are metrics that the model function does not give."""
  with pytest.raises(ValueError, match='must implement'):
    learn.Experiment('none', None, None)
  with pytest.raises(ValueError, match='eval_metrics'):
    _experiment(tmp_path, eval_metrics={'a': 1})
  assert isinstance(_experiment(tmp_path).estimator, base_estimator.EstimatorV2)


def test_the_runner_gives_arguments_by_their_places(tmp_path):
  """Programs call the second one as they like; the schedule is a method."""
  config = learn_config.RunConfig(model_dir=str(tmp_path / 'm'))
  told = []

  def experiment_fn(config, params):
    told.append((config.model_dir, params))
    return _experiment(tmp_path / 'm')

  learn.run(
    experiment_fn, run_config=config, schedule='train', hparams={'a': 1}
  )

  assert told == [(str(tmp_path / 'm'), {'a': 1})]
  assert tiny.estimator(tmp_path / 'm').get_variable_value('global_step') == 4
  with pytest.raises(ValueError, match='non-existent task no_such'):
    learn.run(_experiment, str(tmp_path), 'no_such')


def test_estimators_of_the_v1_family(tmp_path):
  """Those that programs of TensorFlow 1 have."""
  old = base_estimator.Estimator(tiny.estimator(tmp_path).model_fn, tmp_path)
  experiment = learn.Experiment(old, tiny.batches(), tiny.batches(1))

  assert experiment.test()[0]['global_step'] == 1


def test_what_was_trained_before(tmp_path):
  """Is evaluated and exported, although there is nothing to train."""
  told = []
  strategy = learn.ExportStrategy('mine', lambda *given: told.append(given))
  _experiment(tmp_path / 'm').train()
  metrics, _ = _experiment(
    tmp_path / 'm', export_strategies=strategy
  ).train_and_evaluate()

  assert metrics['global_step'] == 4
  assert len(told) == 1
