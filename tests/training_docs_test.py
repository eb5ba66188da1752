"""Runs the examples of docs/training.md, as a reader would."""

import pathlib
import re

from tests import fresh

ROOT = pathlib.Path(__file__).parents[1]


def test_examples(tmp_path):
  """They run one after the other, and leave what the page says."""
  page = (ROOT / 'docs' / 'training.md').read_text('utf-8')
  program = '\n'.join(
    re.findall(r'^```python\n(.*?)^```', page, re.DOTALL | re.MULTILINE)
  )
  commands = re.findall(r'^    python (-m .* history .*)$', page, re.MULTILINE)
  assert len(commands) == 2
  program = program.replace('/tmp/m', f'{tmp_path}/m')
  (tmp_path / 'program.py').write_text(program, 'utf-8')

  printed = fresh.printed('program.py', cwd=tmp_path)
  table, _ = (
    fresh.printed(*command.replace('/tmp/m', 'm').split(), cwd=tmp_path)
    for command in commands
  )

  model = tmp_path / 'm'
  assert re.search(r'^step +\n|eval.*test', printed, re.MULTILINE)
  assert (model / 'export' / 'best' / 'best.json').exists()
  assert list(model.glob('input.ckpt-*.index'))
  assert not (model / 'evaluate_every').exists()
  assert (tmp_path / 'history.png').exists()
  steps = {
    int(step)
    for step, name in re.findall(r'^ *(\d+)  (\w+) +loss', table, re.MULTILINE)
    if name == 'eval'
  }
  assert {550, 600, 950, 1000} <= steps  # of EvaluateEvery
