"""Holds the documentation: each public name says what it takes, in our words.

The names, their parameters, methods and properties are those of the recorded
list, see tests/api_test.py.
"""

import importlib
import inspect
import pathlib
import re

import pytest

import tfcompat_estimator
from tests import fresh
from tests.api import api_test
from tfcompat_estimator import __main__ as launcher

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = 'tfcompat_estimator'
CONTRACT = api_test.CONTRACT
NAMES = [name for name in CONTRACT if CONTRACT[name]['kind'] != 'module']

# Classes of TensorFlow itself, which has their documentation: programs compare
# their types with those of tf.compat.v1.train and tf.saved_model.
STOCK = {
  'CheckpointSaverHook',
  'CheckpointSaverListener',
  'ClassificationOutput',
  'EvalOutput',
  'ExportOutput',
  'FeedFnHook',
  'FinalOpsHook',
  'GlobalStepWaiterHook',
  'LoggingTensorHook',
  'NanLossDuringTrainingError',
  'NanTensorHook',
  'PredictOutput',
  'ProfilerHook',
  'RegressionOutput',
  'SecondOrStepTimer',
  'SessionRunArgs',
  'SessionRunContext',
  'SessionRunHook',
  'SessionRunValues',
  'StepCounterHook',
  'StopAtStepHook',
  'SummarySaverHook',
  'VocabInfo',
}
# Methods that do what SessionRunHook says of them, and so are documented there.
INHERITED = {
  ('InMemoryEvaluatorHook', 'after_run'),
  ('InMemoryEvaluatorHook', 'before_run'),
}
# Classes that are made without arguments of their own, `(*args, **kwargs)`.
ANY_ARGUMENTS = {'args', 'kwargs'}


@pytest.fixture(scope='module', autouse=True)
def installed():
  """The names are read where programs read them."""
  with tfcompat_estimator.install():
    yield


def last(name):
  return name.rpartition('.')[2]


def is_stock(found):
  return found.__module__.partition('.')[0] != PACKAGE


def described(doc):
  """The names that a docstring has under Args or Attributes."""
  parts = re.split(r'^(\w+):\n', inspect.cleandoc(doc), flags=re.MULTILINE)
  sections = dict(zip(parts[1::2], parts[2::2], strict=True))
  text = sections.get('Args', '') + sections.get('Attributes', '')
  return set(re.findall(r'^ {2}\**(\w+): \S', text, re.MULTILINE))


def parameter_names(parameters):
  return {name.lstrip('*=/') for name, *_ in parameters}


def own_doc(cls, member):
  """The docstring of a member, of the first class of the package with one."""
  for base in cls.__mro__:
    if member not in vars(base):
      continue
    value = vars(base)[member]
    doc = getattr(value, '__func__', value).__doc__
    if doc:
      return doc if base.__module__.startswith(PACKAGE) else None
  return None


def ours(kind):
  return pytest.mark.parametrize(
    'name',
    [n for n in NAMES if CONTRACT[n]['kind'] == kind and last(n) not in STOCK],
  )


def test_only_classes_of_tensorflow_are_left_out():
  """What is documented elsewhere is what is TensorFlow's, no more and no less."""
  found = {last(n) for n in NAMES if is_stock(api_test.find(n))}

  assert found == STOCK


@ours('function')
def test_functions_tell_their_arguments(name):
  """A public function describes each parameter of the recorded signature."""
  doc = api_test.find(name).__doc__

  wanted = parameter_names(CONTRACT[name]['parameters'])
  assert doc
  assert wanted <= described(doc)


@ours('class')
def test_classes_tell_their_arguments(name):
  """A class, or its constructor, describes each argument and constant."""
  cls = api_test.find(name)
  spec = CONTRACT[name]

  assert cls.__doc__
  assert 'Args:' not in cls.__doc__ or not own_doc(cls, '__init__')
  found = set()
  for doc in (cls.__doc__, own_doc(cls, '__init__'), own_doc(cls, '__new__')):
    found |= described(doc or '')
  wanted = parameter_names(spec['parameters'])
  if wanted != ANY_ARGUMENTS:
    assert wanted <= found
  for constant in spec.get('attributes', ()):
    assert re.search(rf'\b{constant}\b', cls.__doc__), constant


@ours('class')
def test_methods_tell_their_arguments(name):
  """Each public method has a docstring here that describes its parameters."""
  cls = api_test.find(name)

  for method, parameters in CONTRACT[name]['methods'].items():
    doc = own_doc(cls, method)
    if (last(name), method) in INHERITED:
      assert doc is None, f'{name}.{method} is documented here now'
      continue
    assert doc, f'{name}.{method}'
    missing = parameter_names(parameters) - described(doc)
    assert not missing, f'{name}.{method}: {missing}'


@ours('class')
def test_properties_say_what_they_are(name):
  """Each public property that is no field of a tuple has a docstring."""
  cls = api_test.find(name)

  fields = {*getattr(cls, '_fields', ()), *CONTRACT[name].get('fields', ())}
  for member in set(CONTRACT[name]['properties']) - fields:
    assert own_doc(cls, member), f'{name}.{member}'


@pytest.mark.parametrize(
  'name',
  ['install', 'uninstall', 'predictor', 'migration.checkpoints.converter'],
)
def test_own_additions_are_documented(name):
  """So is what the package has of its own: functions, and all of modules."""
  offered = getattr(tfcompat_estimator, name, None)
  if callable(offered):  # not a module that some other test has imported
    found = [offered]
  else:
    module = importlib.import_module(f'{PACKAGE}.{name}')
    found = [
      value
      for key, value in vars(module).items()
      if getattr(value, '__module__', '') == module.__name__
      and inspect.isfunction(value)
      and not key.startswith('_')
    ]
  assert found
  for function in found:
    assert function.__doc__
    wanted = set(inspect.signature(function).parameters)
    assert wanted <= described(function.__doc__)


def test_reference_has_all_names(tmp_path):
  """The pages that `make docs` writes show each name where programs read it."""
  pytest.importorskip('pdoc')
  fresh.printed(fresh.ROOT / 'docs' / 'api_reference.py', tmp_path)

  def page(name):
    return (tmp_path / f'{name.replace(".", "/")}.html').read_text('utf-8')

  for module in {name.rpartition('.')[0] for name in NAMES}:
    anchors = set(re.findall(r'<section id="(\w+)">', page(module)))
    wanted = {last(name) for name in NAMES if name == f'{module}.{last(name)}'}
    assert anchors == wanted, module
  _check_links(tmp_path)
  assert 'guides/migrating.html">From tensorflow-estimator' in page('index')
  own = page('tfcompat_estimator')
  assert '<section id="install">' in own
  for command in launcher.COMMANDS:
    assert f'usage: python -m tfcompat_estimator {command}' in own


def _check_links(site):
  """Each link leads to a page of the site, and to a place on it."""
  texts = {path: path.read_text('utf-8') for path in site.rglob('*.html')}
  assert len([path for path in texts if path.parent.name == 'guides']) == len(
    [*(fresh.ROOT / 'docs').glob('*.md'), 'README.md', 'CONTRIBUTING.md']
  )
  for path, text in texts.items():
    for link in re.findall(r'href="([^"$]+)"', text):
      page, _, anchor = link.partition('#')
      if ':' in page:
        continue
      target = (path.parent / page).resolve() if page else path
      assert target in texts, f'{path}: {link}'
      # pdoc also links to fields of TensorFlow's tuples, which it does not show.
      if anchor and path.parent.name == 'guides':
        assert f'id="{anchor}"' in texts[target], f'{path}: {link}'
