"""Starts canned estimators from the variables of others.

What is expected here the reference does, to the last digit.
"""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import binary_class, regression
from tfcompat_estimator.records import run_config, warm_start_settings

v1 = tf.compat.v1
column = tf.feature_column
Settings = warm_start_settings.WarmStartSettings
OLD, NEW = ['red', 'green', 'blue'], ['blue', 'pink', 'red', 'grey']
X = np.linspace(-1, 1, 24).reshape(8, 3).astype(np.float32)
WORDS = np.array([b'red', b'blue', b'green', b'mauve'] * 2)
COLUMNS = [column.numeric_column('x', 3)]
EMBEDDING = 'dnn/input_from_feature_columns/input_layer/c_embedding'
ROWS = {
  'dnn': f'{EMBEDDING}/embedding_weights',
  'linear': 'linear/linear_model/c/weights',
}


def input_fn():
  labels = (np.arange(8) % 2).reshape(8, 1)
  return tf.data.Dataset.from_tensors(({'x': X, 'c': WORDS}, labels)).repeat()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """Where the vocabularies are, and what was trained with the old one."""
  path = tmp_path_factory.mktemp('warm')
  for name, words in (('old', OLD), ('new', NEW)):
    (path / name).write_text('\n'.join(words) + '\n')
  return path


def categorical(folder, vocabulary, oov=1):
  return column.categorical_column_with_vocabulary_file(
    'c',
    str(folder / vocabulary),
    vocabulary_size=len({'old': OLD, 'new': NEW}[vocabulary]),
    num_oov_buckets=oov,
  )


def make(name, folder, model_dir, vocabulary='old', warm=None, oov=1):
  """An estimator by the name of its class; Classifier, Regressor, Estimator."""
  words = categorical(folder, vocabulary, oov)
  deep = {
    'feature_columns': [*COLUMNS, column.embedding_column(words, 2)],
    'hidden_units': [4],
  }
  wide = {'feature_columns': [*COLUMNS, words]}
  both = {
    'dnn_feature_columns': deep['feature_columns'],
    'dnn_hidden_units': [4],
    'linear_feature_columns': wide['feature_columns'],
  }
  kind = name.removesuffix('V2')
  module, arguments = (
    (dnn_linear_combined, both)
    if 'Combined' in kind
    else (dnn, deep)
    if 'DNN' in kind
    else (linear, wide)
  )
  if kind.endswith('Estimator'):
    is_v2 = name.endswith('V2')
    head = binary_class.BinaryClassHead if is_v2 else regression.RegressionHead
    arguments['head'] = head()
  config = run_config.RunConfig(
    model_dir=str(model_dir), save_summary_steps=None, log_step_count_steps=None
  )
  return getattr(module, name)(**arguments, config=config, warm_start_from=warm)


def first_values(estimator):
  """The variables of the first checkpoint."""
  estimator.train(input_fn, steps=1)
  reader = tf.train.load_checkpoint(f'{estimator.model_dir}/model.ckpt-0')
  return {k: reader.get_tensor(k) for k in reader.get_variable_to_shape_map()}


NAMES = [
  f'{kind}{task}{suffix}'
  for kind in ('DNN', 'Linear', 'DNNLinearCombined')
  for task in ('Classifier', 'Regressor', 'Estimator')
  for suffix in ('', 'V2')
  if (kind, task) != ('DNNLinearCombined', 'Estimator')  # has no such argument
]


@pytest.fixture(scope='module')
def trained(folder):
  """A function from a name to a trained estimator of the old vocabulary."""
  made = {}

  def get(name):
    if name not in made:
      made[name] = make(name, folder, folder / name)
      made[name].train(input_fn, steps=2)
    return made[name]

  return get


def rows_of(name):
  return [row for part, row in ROWS.items() if part in name.lower()]


@pytest.mark.parametrize('name', NAMES)
def test_a_grown_vocabulary(folder, trained, tmp_path, name):
  """Every estimator takes weights over; rows follow their words."""
  old = trained(name)
  settings = Settings(
    old.model_dir,
    var_name_to_vocab_info={
      row: warm_start_settings.VocabInfo(
        new_vocab=str(folder / 'new'),
        new_vocab_size=4,
        num_oov_buckets=1,
        old_vocab=str(folder / 'old'),
        old_vocab_size=3,
        backup_initializer=v1.constant_initializer(0.5),
      )
      for row in rows_of(name)
    },
  )
  values = first_values(make(name, folder, tmp_path, 'new', settings))

  for row in rows_of(name):
    before = old.get_variable_value(row)
    np.testing.assert_array_equal(values[row][[0, 2]], before[[2, 0]])
    assert (values[row][[1, 3]] == 0.5).all()  # pink, grey
    assert len(values[row]) == 5
  kept = [n for n in values if n.startswith(('dnn/', 'linear/'))]
  for key in kept:
    if key in rows_of(name) or is_slot(key):
      continue
    np.testing.assert_array_equal(values[key], old.get_variable_value(key))
  assert values['global_step'] == 0


def is_slot(name):
  return name.split('/')[-1][:1].isupper()


@pytest.mark.parametrize(
  'which, taken',
  [
    ('.*logits.*', {'dnn/logits/bias', 'dnn/logits/kernel'}),
    (['.*logits.*'], {'dnn/logits/bias', 'dnn/logits/kernel'}),
    ('dnn/hid', {'dnn/hiddenlayer_0/bias', 'dnn/hiddenlayer_0/kernel'}),
    (None, set()),
    ('nothing', set()),
  ],
)
@pytest.mark.parametrize('name', ['DNNClassifier', 'DNNClassifierV2'])
def test_which_variables(folder, trained, tmp_path, name, which, taken):
  """Expressions choose; what is not chosen starts anew, slots too."""
  old = trained(name)
  settings = Settings(old.model_dir, which)
  values = first_values(make(name, folder, tmp_path, warm=settings))

  same = {
    key
    for key, value in values.items()
    if key.startswith('dnn/')
    and not is_slot(key)
    and np.array_equal(value, old.get_variable_value(key))
  }
  assert same == taken


def test_another_family_and_an_export(folder, trained, tmp_path):
  """v1 and v2 models start from each other, and from a SavedModel."""
  from tfcompat_estimator.saved_models import receivers

  spec = column.make_parse_example_spec([*COLUMNS, categorical(folder, 'old')])
  export = trained('DNNClassifierV2').export_saved_model(
    str(tmp_path / 'export'),
    receivers.build_parsing_serving_input_receiver_fn(spec),
  )
  sources = (trained('DNNClassifierV2').model_dir, export)
  for number, source in enumerate(sources):
    new = make('DNNClassifier', folder, tmp_path / str(number), warm=source)
    values = first_values(new)
    kernel = 'dnn/hiddenlayer_0/kernel'
    expected = trained('DNNClassifierV2').get_variable_value(kernel)
    np.testing.assert_array_equal(values[kernel], expected)


def test_another_size_without_a_vocabulary(folder, trained, tmp_path):
  """A table that grew needs a VocabInfo; the error names the variable."""
  warm = trained('LinearClassifierV2').model_dir
  estimator = make('LinearClassifierV2', folder, tmp_path, 'new', warm)
  with pytest.raises(ValueError, match=r'linear_model/c/weights.*match'):
    estimator.train(input_fn, steps=1)
