"""Holds CONTRIBUTING.md to what is there."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = 'tfcompat_estimator'

# A path between backquotes, `run/feeds.py` or `tests/`; it may be a part of one.
PATH = re.compile(r'`([\w.*-]+(?:/[\w.*-]*)+|\w+\.(?:py|md|txt|json))`')


def test_contributing_names_what_is_there():
  """Each path in it leads somewhere, each `make` is a target."""
  text = (ROOT / 'CONTRIBUTING.md').read_text('utf-8')
  known = ''.join(
    f'/{path.relative_to(ROOT).as_posix()}{"/" if path.is_dir() else ""}\n'
    for folder in (PACKAGE, 'tests', 'docs', '.ci')
    for path in [ROOT / folder, *(ROOT / folder).rglob('*')]
  )
  known += ''.join(f'/{path.name}\n' for path in ROOT.glob('*'))
  named = set(PATH.findall(text))
  targets = re.findall(
    r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE
  )

  assert len(named) > 50
  assert not {
    name
    for name in named - {'_test.py'}
    if f'/{name}\n' not in known and f'/{name}.py\n' not in known
  }
  assert set(re.findall(r'`make ([\w-]+)', text)) <= set(targets)


def test_the_walk_passes_each_file_once():
  """CONTRIBUTING.md leads through the code in the order of what happens."""
  text = (ROOT / 'CONTRIBUTING.md').read_text('utf-8')
  walk = text.partition('## A walk')[2].partition('\n## ')[0]
  files = re.findall(r'`([\w/]+\.py)`', walk)

  assert len(files) > 30
  assert len({pathlib.PurePath(name).name for name in files}) == len(files)
