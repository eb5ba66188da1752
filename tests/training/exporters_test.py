"""Tests the exporters against the reference's recorded behaviour."""

import inspect
import os
import pathlib
import shutil

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.training import exporters

v1 = tf.compat.v1


def _receiver():
  x = v1.placeholder(tf.float32, [None])
  return receivers.ServingInputReceiver({'x': x}, {'x': x})


def _model_fn(features, labels, mode):
  x = features['x'] if isinstance(features, dict) else features
  return tiny.model_fn(x, labels, mode)


@pytest.fixture(scope='module')
def estimator(tmp_path_factory):
  """An estimator that was trained for two steps."""
  path = str(tmp_path_factory.mktemp('model'))
  config = run_config.RunConfig(save_summary_steps=0, log_step_count_steps=None)
  made = base_estimator.EstimatorV2(_model_fn, path, config)
  return made.train(tiny.batches(), steps=2)


def _export(exporter, estimator, path, loss=1.0, step=2, final=False):
  return exporter.export(
    estimator=estimator,
    export_path=str(path),
    checkpoint_path=estimator.latest_checkpoint(),
    eval_result={'loss': loss, 'global_step': step},
    is_the_final_export=final,
  )


def _takes_best(best_eval_result):
  del best_eval_result


def _takes_more(best_eval_result, current_eval_result, more=1):
  del best_eval_result, current_eval_result, more


@pytest.mark.parametrize(
  ('kind', 'arguments', 'error', 'message'),
  [
    ('Latest', {'exports_to_keep': 0}, ValueError, 'positive number.* 0'),
    ('Latest', {'exports_to_keep': -1}, ValueError, 'positive number.* -1'),
    ('Best', {'exports_to_keep': 0}, ValueError, 'a positive number. Got 0'),
    ('Best', {'compare_fn': None}, ValueError, '`compare_fn` must not be None'),
    ('Best', {'compare_fn': 'x'}, TypeError, "'x'"),
    ('Best', {'compare_fn': lambda x: x}, ValueError, 'best_eval_result arg'),
    ('Best', {'compare_fn': _takes_best}, ValueError, 'include current_eval_r'),
    ('Best', {'compare_fn': _takes_more}, ValueError, r"expected args: \['mo"),
  ],
)
def test_refused(kind, arguments, error, message):
  """A wrong argument raises the reference's type and is named."""
  make = getattr(exporters, f'{kind}Exporter')
  with pytest.raises(error, match=message):
    make('a', _receiver, **arguments)


@pytest.mark.parametrize('keep', [None, 1])
def test_accepted(keep):
  """None keeps all exports."""
  for make in (exporters.LatestExporter, exporters.BestExporter):
    assert make('a', _receiver, exports_to_keep=keep).name == 'a'


def test_signatures():
  """Names, order and defaults are those of the reference."""
  common = {'assets_extra': None, 'as_text': False}
  expected = {
    exporters.FinalExporter: common,
    exporters.LatestExporter: {**common, 'exports_to_keep': 5},
    exporters.BestExporter: {
      'name': 'best_exporter',
      'serving_input_receiver_fn': None,
      'event_file_pattern': 'eval/*.tfevents.*',
      **common,
      'exports_to_keep': 5,
    },
  }
  for kind, defaults in expected.items():
    parameters = inspect.signature(kind).parameters
    found = {
      name: parameter.default
      for name, parameter in parameters.items()
      if parameter.default is not parameter.empty and name != 'compare_fn'
    }
    assert found == defaults


@pytest.mark.eager
def test_final_exporter(estimator, tmp_path):
  """Only the last evaluation is exported."""
  exporter = exporters.FinalExporter('f', _receiver)
  assert _export(exporter, estimator, tmp_path) is None
  path = _export(exporter, estimator, tmp_path, final=True)
  served = tf.saved_model.load(os.fsdecode(path)).signatures['serving_default']
  output = served(x=tf.constant([2.0]))['p'].numpy().tolist()
  assert output == pytest.approx([0.72])


def test_latest_exporter(estimator, tmp_path):
  """Each evaluation is exported; the oldest exports are removed."""
  exporter = exporters.LatestExporter('l', _receiver, exports_to_keep=2)
  paths = [_export(exporter, estimator, tmp_path) for _ in range(3)]
  assert isinstance(paths[0], bytes)
  left = sorted(os.fsdecode(path) for path in paths[1:])
  assert sorted(str(path) for path in tmp_path.iterdir()) == left


def test_options_reach_the_export(estimator, tmp_path):
  """Assets and the text form are passed on."""
  asset = tmp_path / 'asset'
  asset.write_text('hello')
  exporter = exporters.LatestExporter(
    'l', _receiver, assets_extra={'a/b.txt': str(asset)}, as_text=True
  )
  path = pathlib.Path(os.fsdecode(_export(exporter, estimator, tmp_path / 'e')))
  assert (path / 'saved_model.pbtxt').exists()
  assert (path / 'assets.extra/a/b.txt').read_text() == 'hello'


def test_receiver_is_needed(estimator, tmp_path):
  """An exporter without a receiver function fails when it exports."""
  for exporter in (
    exporters.LatestExporter('l', None),
    exporters.BestExporter('b'),
  ):
    with pytest.raises(ValueError, match='input_receiver_fn must be defined'):
      _export(exporter, estimator, tmp_path)


class _Writes:
  """An estimator that only writes down that it exported."""

  def __init__(self, model_dir):
    self.model_dir = str(model_dir)
    self.exported = 0

  def latest_checkpoint(self):
    return None

  def export_saved_model(self, export_path, *args, **kwargs):
    self.exported += 1
    path = os.path.join(export_path, str(1500000000 + self.exported))
    os.makedirs(path)
    return path.encode()


def _exported(exporter, writes, path, losses, step=9):
  return [
    loss
    for loss in losses
    if _export(exporter, writes, path, loss, step) is not None
  ]


def test_best_exporter_sequence(tmp_path, caplog):
  """The first evaluation is exported, then each that is better."""
  writes = _Writes(tmp_path)
  tiny.write_metrics(str(tmp_path / 'eval'), [(1, 'loss', 0.1)])
  exporter = exporters.BestExporter('b', _receiver)
  losses = [0.9, 0.8, 0.3, 0.3, 0.05, 0.09, 0.01]
  with caplog.at_level('INFO', logger='tensorflow'):
    exported = _exported(exporter, writes, tmp_path / 'e', losses)
  assert exported == [0.9, 0.8, 0.3, 0.05, 0.01]
  said = [m for m in caplog.messages if 'best' in m]
  assert said == ['Loading best metric from event files.'] + [
    'Performing best model export.'
  ] * len(exported)


@pytest.mark.parametrize(
  ('pattern', 'losses', 'expected'),
  [
    ('eval/*.tfevents.*', [0.6, 0.5, 0.3, 0.35], [0.3]),
    ('eval_b/*.tfevents.*', [0.6, 0.5, 0.3, 0.35], [0.5, 0.3]),
    (None, [0.6, 0.5, 0.3], [0.6, 0.5, 0.3]),
  ],
)
def test_best_exporter_restarted(tmp_path, pattern, losses, expected):
  """After a restart what is exported is better than the best before.

  The reference exports the first evaluation in any case.
  """
  writes = _Writes(tmp_path)
  tiny.write_metrics(
    str(tmp_path / 'eval'), [(1, 'loss', 0.4), (2, 'loss', 0.8)]
  )
  tiny.write_metrics(str(tmp_path / 'eval_b'), [(1, 'loss', 0.55)])
  before = exporters.BestExporter('b', _receiver)
  _exported(before, writes, tmp_path / 'e', [0.4])
  after = exporters.BestExporter('b', _receiver, event_file_pattern=pattern)
  assert _exported(after, writes, tmp_path / 'e', losses) == expected


def test_best_exporter_does_not_compare_with_itself(tmp_path):
  """The evaluation in question is in the event file before it is exported."""
  writes = _Writes(tmp_path)
  tiny.write_metrics(
    str(tmp_path / 'eval'), [(1, 'loss', 0.4), (2, 'loss', 0.2)]
  )
  before = exporters.BestExporter('b', _receiver)
  _exported(before, writes, tmp_path / 'e', [0.4], step=1)
  after = exporters.BestExporter('b', _receiver)
  assert _exported(after, writes, tmp_path / 'e', [0.2], step=2) == [0.2]


def test_best_exporter_killed_before_it_exported(estimator, tmp_path):
  """A better evaluation that was never exported holds nothing back."""
  path = tmp_path / 'e'
  model = base_estimator.EstimatorV2(
    _model_fn, shutil.copytree(estimator.model_dir, tmp_path / 'model')
  )
  before = exporters.BestExporter('b', _receiver)
  assert _export(before, model, path, loss=0.4, step=2)
  tiny.write_metrics(
    str(tmp_path / 'model/eval'),
    [(1, 'loss', 0.5), (2, 'loss', 0.4), (3, 'loss', 0.2)],  # then the kill
  )

  after = exporters.BestExporter('b', _receiver)
  losses = [0.45, 0.3, 0.35]
  found = [x for x in losses if _export(after, model, path, x, step=4)]
  assert found == [0.3]


def test_a_subclass_that_copies_checkpoints(estimator, tmp_path):
  """What many programs override and read of BestExporter is there."""

  class Copies(exporters.BestExporter):
    def export(self, estimator, export_path, checkpoint_path, eval_result, _):
      if self._best_eval_result is None or self._compare_fn(
        self._best_eval_result, eval_result
      ):
        self._best_eval_result = eval_result
        folder = tmp_path / str(1600000000 + eval_result['global_step'])
        folder.mkdir()
        shutil.copy(f'{checkpoint_path}.index', folder)
        self._garbage_collect_exports(str(tmp_path))

  copies = Copies(serving_input_receiver_fn=_receiver, exports_to_keep=1)
  for step, loss in enumerate((3.0, 2.0, 4.0)):
    copies.export(
      estimator,
      '',
      estimator.latest_checkpoint(),
      {'loss': loss, 'global_step': step},
      False,
    )

  assert os.listdir(tmp_path) == ['1600000001']


def test_best_exporter_that_failed(estimator, tmp_path):
  """What could not be exported holds back no later model."""
  exporter = exporters.BestExporter('best', _receiver, exports_to_keep=1)
  blocked = tmp_path / 'file'
  blocked.write_text('')
  with pytest.raises(Exception, match='file'):
    _export(exporter, estimator, blocked / 'best', loss=1.0)
  assert _export(exporter, estimator, tmp_path / 'best', loss=2.0)


def test_best_exporter_with_own_comparison(tmp_path):
  """Any metric may decide; the arguments are given by name."""

  def larger(current_eval_result, best_eval_result):
    return current_eval_result['loss'] > best_eval_result['loss']

  exporter = exporters.BestExporter(
    'b', _receiver, compare_fn=larger, exports_to_keep=1
  )
  writes = _Writes(tmp_path)
  exported = _exported(exporter, writes, tmp_path / 'e', [1, 3, 2, 4])
  assert exported == [1, 3, 4]
  assert len(list((tmp_path / 'e').iterdir())) == 1


@pytest.mark.parametrize(
  ('best', 'current', 'name'),
  [
    ({}, {'loss': 1}, 'best_eval_result'),
    (None, {'loss': 1}, 'best_eval_result'),
    ({'loss': 1}, {'m': 1}, 'current_eval_result'),
    ({'loss': 1}, None, 'current_eval_result'),
  ],
)
def test_default_comparison_needs_losses(best, current, name):
  """Evaluations without a loss cannot be compared by it."""
  compare = inspect.signature(exporters.BestExporter).parameters['compare_fn']
  with pytest.raises(ValueError, match=f'{name} cannot be empty or no loss'):
    compare.default(best_eval_result=best, current_eval_result=current)


def test_best_exporter_without_an_evaluation(estimator, tmp_path):
  """No evaluation is needed where there is none to compare with."""

  def export(exporter, result):
    checkpoint = estimator.latest_checkpoint()
    return exporter.export(estimator, str(tmp_path), checkpoint, result, False)

  exporter = exporters.BestExporter('best', _receiver)

  assert os.path.isdir(export(exporter, None))
  assert os.path.isdir(export(exporter, None))
  # A new one looks back at exports, and finds no evaluations of them.
  again = exporters.BestExporter('best', _receiver)
  assert os.path.isdir(export(again, None))
  assert os.path.isdir(export(again, {'loss': 1.0}))
  with pytest.raises(ValueError, match='current_eval_result'):
    export(again, None)


def test_a_model_that_only_warm_starts_is_exported(estimator, tmp_path):
  """It has no checkpoint of its own; the export has the other one's values."""
  new = base_estimator.EstimatorV2(
    _model_fn, str(tmp_path / 'new'), warm_start_from=estimator.model_dir
  )

  path = new.export_saved_model(str(tmp_path / 'export'), _receiver)

  prefix = os.path.join(path, b'variables', b'variables').decode()
  assert tf.train.load_variable(prefix, 'm/w') == (
    estimator.get_variable_value('m/w')
  )
