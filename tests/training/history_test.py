"""Reads the life of a model from its event files; prints and draws it."""

import concurrent.futures
import os
import pathlib

import pandas as pd
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import tiny
from tfcompat_estimator.training import history


@pytest.fixture(scope='module')
def model_dir(tmp_path_factory):
  """Trained twice and evaluated under two names, in between."""
  path = str(tmp_path_factory.mktemp('model'))
  estimator = tiny.estimator(path, save_summary_steps=2)
  estimator.train(tiny.batches(), steps=4)
  estimator.evaluate(tiny.batches(2))
  estimator.train(tiny.batches(), steps=4)
  estimator.evaluate(tiny.batches(2))
  estimator.evaluate(tiny.batches(2), name='test')
  return path


def test_rows(model_dir):
  """Losses of training and metrics of evaluations, each once."""
  rows = tfcompat_estimator.history(model_dir)

  assert rows == tfcompat_estimator.history(pathlib.Path(model_dir))
  losses = [row for row in rows if row.tag == 'loss']
  assert [(row.step, row.name) for row in losses] == [
    *[(step, 'train') for step in (1, 3, 5, 7)],
    *[(step, 'eval') for step in (4, 8)],
    (8, 'test'),
  ]
  assert [row.value for row in losses if row.name == 'train'] == pytest.approx(
    [tiny.loss_at(step - 1) for step in (1, 3, 5, 7)]
  )
  assert {row.tag for row in rows if row.name == 'test'} == {'loss', 'm'}


def test_a_table_of_pandas(model_dir):
  """Columns are named, so that the list is all that pandas needs."""
  table = pd.DataFrame(tfcompat_estimator.history(model_dir))

  assert list(table.columns) == ['step', 'name', 'tag', 'value']
  wide = table.pivot_table(
    index='step', columns=['name', 'tag'], values='value'
  )
  assert wide.loc[8, ('eval', 'loss')] == pytest.approx(tiny.loss_at(8))


@pytest.mark.eager
def test_other_kinds_of_values(tmp_path):
  """Scalars of tf.summary count; arrays, texts and pictures do not."""
  with tf.summary.create_file_writer(str(tmp_path)).as_default(step=7):
    tf.summary.scalar('new', 1.5)
    tf.summary.text('text', 'words')
    tf.summary.histogram('many', [1.0, 2.0])

  assert history.history(tmp_path) == [history.Row(7, 'train', 'new', 1.5)]


def test_damaged_end(tmp_path):
  """What a killed process wrote is read as far as it is whole."""
  tiny.write_metrics(str(tmp_path), [(1, 'a', 0.5), (2, 'a', 0.25)])
  (name,) = os.listdir(tmp_path)
  with open(tmp_path / name, 'r+b') as file:
    file.truncate(os.path.getsize(tmp_path / name) - 3)

  assert history.history(tmp_path) == [history.Row(1, 'train', 'a', 0.5)]


def test_names_with_slashes(tmp_path):
  """They are directories within directories."""
  estimator = tiny.estimator(str(tmp_path))
  estimator.train(tiny.batches(), steps=1)
  for name in (None, 'a', 'a/b', 'c/d/e'):
    estimator.evaluate(tiny.batches(1), name=name)

  rows = history.history(tmp_path)

  names = [row.name for row in rows if row.tag == 'm']
  assert names == ['eval', 'a', 'a/b', 'c/d/e']


def test_while_training_writes(tmp_path):
  """It may be read at any moment: each row is whole, and none goes again."""
  estimator = tiny.estimator(str(tmp_path), save_summary_steps=1)
  count = [0]

  def read_often():
    rows = []
    while count[0] < 3:
      before, rows = rows, history.history(tmp_path)
      losses = [row.value for row in rows if row.tag == 'loss']
      expected = [tiny.loss_at(step) for step in range(len(losses))]
      assert losses == pytest.approx(expected, abs=1e-6)
      assert set(before) <= set(rows)
    return rows

  with concurrent.futures.ThreadPoolExecutor(1) as pool:
    reading = pool.submit(read_often)
    for _ in range(3):
      estimator.train(tiny.batches(), steps=30)
      count[0] += 1
    reading.result()

  losses = [row for row in history.history(tmp_path) if row.tag == 'loss']
  assert [row.step for row in losses] == [*range(1, 91)]


def test_later_values_count(tmp_path):
  """After a restart a step may be written again."""
  for value in (0.5, 0.75):
    folder = tmp_path / str(value)
    tiny.write_metrics(str(folder), [(1, 'a', value)])
    (path,) = folder.iterdir()
    (tmp_path / 'eval').mkdir(exist_ok=True)
    # Real names have seconds in this place.
    path.rename(tmp_path / 'eval' / f'events.out.tfevents.{value}')

  assert history.history(tmp_path) == [history.Row(1, 'eval', 'a', 0.75)]


def test_any_name_of_a_directory(tmp_path):
  """What a pattern of files would mean something else by is read, too."""
  folder = tmp_path / 'lr=[0.1]*'
  tiny.write_metrics(str(folder), [(1, 'a', 0.5)])

  assert history.history(folder) == [history.Row(1, 'train', 'a', 0.5)]


def test_what_is_no_event_file(tmp_path):
  """A directory of such a name, and other bytes, hide nothing."""
  tiny.write_metrics(str(tmp_path), [(1, 'a', 0.5)])
  (tmp_path / 'events.out.tfevents.0.folder').mkdir()
  (tmp_path / 'events.out.tfevents.1.other').write_bytes(b'other' * 50)

  assert history.history(tmp_path) == [history.Row(1, 'train', 'a', 0.5)]


def test_no_directory(tmp_path):
  """A path that is none is an error that names it."""
  with pytest.raises(ValueError, match='nowhere'):
    history.history(tmp_path / 'nowhere')
