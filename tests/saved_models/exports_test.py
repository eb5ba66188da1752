"""Exports models in every way, and looks at what lies on the disk."""

import os
import pathlib
import time

import numpy as np
import pytest
import tensorflow as tf

from tests.saved_models import exported, models
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1

base = exported.base
estimator = exported.estimator
model_dir = exported.model_dir


VARIABLES = [
  'variables/variables.data-00000-of-00001',
  'variables/variables.index',
]


FILES = ['assets/words.txt', 'saved_model.pb', *VARIABLES]


PREDICT = 'tensorflow/serving/predict'


CLASSIFY = 'tensorflow/serving/classify'


REGRESS = 'tensorflow/serving/regress'


def test_version_directory(estimator, base):
  """The path comes back as bytes; its name is the time of the export."""
  before = int(time.time())
  path = estimator.export_saved_model(base, models.raw_receiver())

  assert isinstance(path, bytes)
  assert os.path.dirname(path).decode() == base
  assert before <= int(os.path.basename(path)) <= time.time() + 2
  assert models.files(path) == FILES
  assert os.listdir(base) == [os.path.basename(path).decode()]


def test_as_text(estimator, base):
  """The graph can be written as text."""
  path = estimator.export_saved_model(base, models.raw_receiver(), as_text=True)

  assert models.files(path) == [
    'assets/words.txt',
    'saved_model.pbtxt',
    *VARIABLES,
  ]
  assert tf.saved_model.load(path).signatures['serving_default']


def test_assets_extra(estimator, base, tmp_path):
  """Extra files are copied under their relative paths."""
  (tmp_path / 'a.txt').write_text('a')
  path = estimator.export_saved_model(
    base,
    models.raw_receiver(),
    assets_extra={'sub/a.txt': str(tmp_path / 'a.txt')},
  )

  assert models.files(path) == ['assets.extra/sub/a.txt', *FILES]


@pytest.mark.eager
def test_assets_are_part_of_the_export(estimator, base):
  """The vocabulary file is found in the export, wherever that is moved."""
  path = estimator.export_saved_model(base, models.parsing_receiver())
  graph = models.load(path).meta_graphs[0]
  moved = os.path.join(base, 'moved')
  os.rename(path, moved)
  os.rename(estimator.params['words'], estimator.params['words'] + '.elsewhere')
  served = tf.saved_model.load(moved).signatures['serving_default']

  assert set(graph.collection_def) >= {
    'saved_model_main_op',
    'saved_model_assets',
    'asset_filepaths',
  }
  answer = served(examples=tf.constant(models.examples()))['p']
  assert answer.shape.as_list() == [2, 1]


def test_failure_leaves_nothing(estimator, base):
  """A missing extra file is an error after which the folder is empty."""
  with pytest.raises(tf.errors.NotFoundError, match='/nope/x'):
    estimator.export_saved_model(
      base, models.raw_receiver(), assets_extra={'x': '/nope/x'}
    )

  assert os.listdir(base) == []


def test_two_exports_within_a_second(estimator, base, caplog):
  """The second waits for a name of its own, and says so."""
  paths = [
    estimator.export_saved_model(base, models.raw_receiver()) for _ in '123'
  ]

  assert len(set(paths)) == 3
  assert sorted(os.listdir(base)) == sorted(
    os.path.basename(path).decode() for path in paths
  )
  assert 'already exists; retrying (attempt 1/10)' in caplog.text


@pytest.mark.parametrize(
  'contents, is_old, is_removed',
  [
    ([], False, True),
    (['.unfinished', 'saved_model.pb'], False, True),
    (['saved_model.pb'], False, False),
    (['saved_model.pb', 'variables/variables.index'], True, True),
  ],
)
def test_leftovers(estimator, base, contents, is_old, is_removed):
  """The next export removes what a dead one left, but nothing that may live."""
  folder = pathlib.Path(base, 'temp-1700000000')
  folder.mkdir(parents=True)
  for name in contents:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b'')
  if is_old:
    for path in (*folder.rglob('*'), folder):
      os.utime(path, (1, 1))
  estimator.export_saved_model(base, models.raw_receiver())

  assert folder.exists() != is_removed


def test_living_exports_are_left_alone(estimator, base):
  """A temporary folder that a living process has locked stays."""
  from tfcompat_estimator.saved_models import version_folder

  with version_folder.new_version(base) as (temporary, _):
    version_folder.mark_unfinished(temporary)
    estimator.export_saved_model(base, models.raw_receiver())
    assert os.path.exists(temporary)
  assert len(os.listdir(base)) == 2


def test_variables(estimator, base):
  """Variables and global step are in the export, slots are not."""
  path = estimator.export_saved_model(base, models.raw_receiver()).decode()
  prefix = f'{path}/variables/variables'
  graph = models.load(path).meta_graphs[0]

  assert tf.train.list_variables(prefix) == [
    ('bias', [4]),
    ('global_step', []),
    ('w', [3, 1]),
  ]
  np.testing.assert_array_equal(
    tf.train.load_variable(prefix, 'w'), estimator.get_variable_value('w')
  )
  assert list(graph.meta_info_def.tags) == ['serve']
  assert graph.saver_def.sharded
  assert graph.saver_def.max_to_keep == 5


def test_an_older_checkpoint(estimator, base, model_dir):
  """checkpoint_path chooses the checkpoint."""
  path = estimator.export_saved_model(
    base, models.raw_receiver(), checkpoint_path=f'{model_dir}/model.ckpt-0'
  ).decode()

  values = tf.train.load_checkpoint(f'{path}/variables/variables')
  assert values.get_tensor('global_step') == 0
  np.testing.assert_array_equal(values.get_tensor('w'), np.ones([3, 1]))


@pytest.mark.parametrize(
  'call, stripped',
  [
    (lambda e, *a: e.export_saved_model(*a), True),
    (lambda e, *a: e.export_savedmodel(*a), False),
    (lambda e, *a: e.export_savedmodel(*a, strip_default_attrs=True), True),
  ],
)
def test_strip_default_attrs(estimator, base, call, stripped):
  """Attributes with default values are left out for older servers."""
  path = call(estimator, base, models.raw_receiver())
  graph = models.load(path).meta_graphs[0]
  matmul = next(n for n in graph.graph_def.node if n.op == 'MatMul')

  assert ('transpose_a' not in matmul.attr) == stripped
  assert graph.meta_info_def.stripped_default_attrs == stripped


def test_the_v2_class_has_no_export_savedmodel(model_dir):
  """`Estimator.export_savedmodel` names its successor."""
  estimator = base_estimator.EstimatorV2(lambda features: None, model_dir)

  with pytest.raises(AttributeError, match='Please use `export_saved_model`'):
    estimator.export_savedmodel('x', models.raw_receiver())


STRING_INPUT = {'inputs': ('string', [None], 'input_example_tensor:0')}


EXAMPLES = {'examples': ('string', [None], 'input_example_tensor:0')}


def summary(signature):
  kind = signature['method'].rsplit('/')[-1]
  return kind, tuple(signature['inputs']), tuple(sorted(signature['outputs']))


@pytest.mark.parametrize(
  'kind, expected',
  [
    ('none', {'serving_default': ('predict', ('examples',), ('p',))}),
    (
      'one unnamed',
      {
        'mine': ('predict', ('examples',), ('p',)),
        'serving_default': ('predict', ('examples',), ('p',)),
      },
    ),
    (
      'all three',
      {
        'serving_default': ('classify', ('inputs',), ('classes', 'scores')),
        'predict': ('predict', ('examples',), ('p',)),
        'regression': ('regress', ('inputs',), ('outputs',)),
      },
    ),
    (
      'scores only',
      {'serving_default': ('classify', ('inputs',), ('scores',))},
    ),
    (
      'classes only',
      {'serving_default': ('classify', ('inputs',), ('classes',))},
    ),
    ('tensor', {'serving_default': ('predict', ('examples',), ('output',))}),
  ],
)
def test_default_signature_rules(model_dir, base, kind, expected):
  """A lone output is the default one too; inputs are named as served."""
  estimator = models.make(model_dir, outputs=kind)
  path = estimator.export_saved_model(base, models.parsing_receiver())

  found = exported.signatures(path)
  assert {key: summary(value) for key, value in found.items()} == expected


def test_several_outputs_need_a_default(model_dir, base):
  """Several export outputs, none of them the default, are an error."""
  estimator = models.make(model_dir, outputs='several without default')

  with pytest.raises(ValueError, match='none of them are specified as the'):
    estimator.export_saved_model(base, models.parsing_receiver())
  assert os.listdir(base) == []


def test_raw_receivers_keep_predict_only(model_dir, base, caplog):
  """Classify and Regress take serialized examples, so they are dropped."""
  estimator = models.make(model_dir, outputs='all three')
  path = estimator.export_saved_model(base, models.raw_receiver())

  assert list(exported.signatures(path)) == ['predict']
  assert 'Export includes no default signature!' in caplog.text


@pytest.mark.eager
@pytest.mark.parametrize('batch', [None, 2])
def test_names_and_shapes_of_inputs(estimator, base, batch):
  """Placeholders keep the reference's names; a batch size can be fixed."""
  parsing = estimator.export_saved_model(base, models.parsing_receiver(batch))
  raw = estimator.export_saved_model(base, models.raw_receiver(batch))

  assert exported.signatures(parsing)['serving_default']['inputs'] == {
    'examples': ('string', [batch], 'input_example_tensor:0')
  }
  assert exported.signatures(raw)['serving_default']['inputs'] == {
    'x': ('float32', [batch, 3], 'Placeholder:0'),
    'word': ('string', [batch], 'Placeholder_1:0'),
  }


def test_alternatives(model_dir, base):
  """Other receiver tensors give signatures of their own."""
  estimator = models.make(model_dir, outputs='all three')

  def receiver():
    serialized = v1.placeholder(tf.string, [None], 'serialized')
    x = tf.io.parse_example(serialized, models.FEATURE_SPEC)['x']
    return receivers.ServingInputReceiver(
      {'x': x}, serialized, {'tensor': {'x': x}, 'again': serialized}
    )

  found = exported.signatures(estimator.export_saved_model(base, receiver))
  assert {key: summary(value)[:2] for key, value in found.items()} == {
    'serving_default': ('classify', ('inputs',)),
    'regression': ('regress', ('inputs',)),
    'predict': ('predict', ('input',)),
    'tensor:predict': ('predict', ('x',)),
    'again:serving_default': ('classify', ('inputs',)),
    'again:regression': ('regress', ('inputs',)),
    'again:predict': ('predict', ('input',)),
  }


def test_one_tensor_as_features(estimator, base):
  """TensorServingInputReceiver hands model_fn a tensor rather than a dict."""
  seen = []
  original = estimator.model_fn

  def model_fn(features, labels, mode, config):
    seen.append(features)
    return original(features, labels, mode, config)

  estimator = base_estimator.Estimator(model_fn, estimator.model_dir)

  def receiver():
    x = v1.placeholder(tf.float32, [None, 3])
    return receivers.TensorServingInputReceiver(x, x)

  path = estimator.export_saved_model(base, receiver)
  assert tf.is_tensor(seen[0])
  assert list(exported.signatures(path)['serving_default']['inputs']) == [
    'input'
  ]
