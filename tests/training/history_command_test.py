"""Prints and draws the life of a model from the command line."""

import sys

import pytest

from tests import fresh, tiny
from tfcompat_estimator.training import history_command


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


def run(*arguments):
  return fresh.run('-m', 'tfcompat_estimator', 'history', *arguments)


def test_command(model_dir):
  """It prints the table, with a heading."""
  done = run(model_dir, '--tag', 'loss')

  assert done.returncode == 0, done.stderr
  lines = [line.split() for line in done.stdout.splitlines()]
  assert lines[0] == ['step', 'name', 'tag', 'value']
  assert [line[:3] for line in lines[-3:]] == [
    ['4', 'eval', 'loss'],
    ['8', 'eval', 'loss'],
    ['8', 'test', 'loss'],
  ]


def test_plot(model_dir, tmp_path):
  """A picture of each tag goes to a file."""
  pytest.importorskip('matplotlib')
  picture = tmp_path / 'history.png'

  history_command.main([model_dir, '--plot', str(picture)])

  assert picture.read_bytes()[1:4] == b'PNG'


@pytest.mark.parametrize(
  'arguments, message',
  [
    (['{}/nowhere'], 'nowhere'),
    (['{}'], 'no event files'),
    (['{0}', '--plot', '{0}/no/such/folder.png'], 'no event files'),
  ],
)
def test_command_errors(arguments, message, tmp_path, capsys):
  """A line that says what is wrong, and status 1."""
  with pytest.raises(SystemExit) as ended:
    history_command.main([a.format(tmp_path) for a in arguments])

  assert ended.value.code == 1
  assert message in capsys.readouterr().err


def test_plot_errors(model_dir, tmp_path, capsys, monkeypatch):
  """A file that cannot be written, and no matplotlib."""
  pytest.importorskip('matplotlib')
  for path in (tmp_path / 'no' / 'picture.png', tmp_path / 'picture.what'):
    with pytest.raises(SystemExit) as ended:
      history_command.main([model_dir, '--plot', str(path)])
    assert ended.value.code == 1
    assert str(path) in capsys.readouterr().err
  monkeypatch.setitem(sys.modules, 'matplotlib.figure', None)
  with pytest.raises(SystemExit):
    history_command.main([model_dir, '--plot', str(tmp_path / 'a.png')])
  assert 'pip install' in capsys.readouterr().err
