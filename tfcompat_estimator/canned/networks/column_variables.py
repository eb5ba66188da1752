"""Reads features by feature columns and keeps the variables they need."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.errors import notes

v1 = tf.compat.v1


class State(_tf.StateManager):
  """Keeps the variables and tables of columns, in the current variable scope.

  Columns ask for them through TensorFlow's `StateManager` interface.

  Attributes:
    scope: A scope for the variables instead of the current one.
  """

  # Columns of tensorflow_hub look whether what they keep may be trained.
  _trainable = True

  def __init__(self) -> None:
    self.scope: v1.VariableScope | None = None
    self._variables: dict[tuple[Any, str], Any] = {}
    self._resources: dict[tuple[Any, str], Any] = {}

  def create_variable(
    self,
    feature_column: Any,
    name: str,
    shape: Any,
    dtype: tf.DType | None = None,
    trainable: bool = True,
    use_resource: bool = True,
    initializer: Any = None,
  ) -> Any:
    """Makes a variable of a column."""
    scope = self.scope or v1.get_variable_scope()
    with v1.variable_scope(scope, auxiliary_name_scope=False):
      variable = v1.get_variable(
        name,
        shape=shape,
        dtype=dtype or tf.float32,
        initializer=initializer,
        trainable=trainable,
        use_resource=use_resource,
      )
    self._variables[feature_column, name] = variable
    return variable

  def add_variable(self, feature_column: Any, var: Any) -> None:
    """Keeps a variable that the column made itself."""
    self._variables[feature_column, var.name] = var

  def get_variable(self, feature_column: Any, name: str) -> Any:
    """A variable of a column."""
    if (feature_column, name) not in self._variables:
      raise ValueError(
        f'Variable does not exist: `name` ({name}) of {feature_column}.'
      )
    return self._variables[feature_column, name]

  def add_resource(self, feature_column: Any, name: str, resource: Any) -> None:
    """Keeps a table or the like of a column."""
    self._resources[feature_column, name] = resource

  def own_variables(self) -> list[tf.Variable]:
    """The variables among what columns made themselves and added."""
    resources = self._resources.values()
    return [each for each in resources if isinstance(each, tf.Variable)]

  def has_resource(self, feature_column: Any, name: str) -> bool:
    """Whether the column has added it."""
    return (feature_column, name) in self._resources

  def get_resource(self, feature_column: Any, name: str) -> Any:
    """A table or the like of a column."""
    if not self.has_resource(feature_column, name):
      raise ValueError(
        f'Resource does not exist: `name` ({name}) of {feature_column}.'
      )
    return self._resources[feature_column, name]


def as_list(feature_columns: Any) -> Any:
  """The columns of an iterator as a list: a model_fn runs more than once."""
  if isinstance(feature_columns, Iterator):
    return list(feature_columns)
  return feature_columns


def check_list(feature_columns: Any) -> None:
  """Raises unless columns are in a list.

  Raises:
    ValueError: It is one column, or has names in place of columns.
  """
  wrong: Any = None
  if isinstance(feature_columns, _tf.FeatureColumn):
    wrong = feature_columns
  elif feature_columns:
    wrong = next((c for c in feature_columns if isinstance(c, str)), None)
  if wrong is not None:
    example = f'tf.feature_column.numeric_column({wrong!r})'
    raise ValueError(
      f'feature_columns ({feature_columns}) must be a list of feature columns: '
      f'[{example if isinstance(wrong, str) else "column"}, ...]. Items of '
      'feature_columns must be a _FeatureColumn.'
    )


def are_v2(feature_columns: Iterable[Any]) -> bool:
  """Whether all are of `tf.feature_column`'s kind.

  The other kind is what `tf.compat.v1.feature_column.shared_embedding_columns`
  makes, and what old libraries derived from.
  """
  return _tf.is_feature_column_v2(feature_columns)


def check_v2(feature_columns: Any) -> Any:
  """Returns the columns as given, an iterator as a list.

  Raises:
    ValueError: If one of them is not of `tf.feature_column`'s kind.
  """
  columns = as_list(feature_columns)
  if not are_v2(columns or []):
    raise ValueError(
      'Received a feature column from TensorFlow v1, but this is a TensorFlow '
      f'v2 Estimator. feature_columns ({columns}) must be a list of what '
      'tf.feature_column.* makes: [tf.feature_column.numeric_column(...), ...]. '
      'Use tf.compat.v1.estimator.* for columns of tf.compat.v1.feature_column.'
    )
  return columns


def normalize(feature_columns: Any) -> list[Any]:
  """Checks columns and sorts them by name, the order of their variables.

  Raises:
    ValueError: If there are none, one is no feature column, or two have the
      same name.
  """
  if isinstance(feature_columns, _tf.FeatureColumn):
    feature_columns = [feature_columns]
  if isinstance(feature_columns, dict):
    raise ValueError('feature_columns should be an iterable, found dict.')
  if not feature_columns:
    raise ValueError(
      'feature_columns must not be empty. Give a list of feature columns.'
    )
  named: dict[str, Any] = {}
  for column in feature_columns:
    if not isinstance(column, _tf.FeatureColumn):
      raise ValueError(
        'Items of feature_columns must be a FeatureColumn, of '
        'tf.feature_column.numeric_column(...) for instance. Given (type '
        f'{type(column)}): {column!r}.'
      )
    if column.name in named:
      raise ValueError(
        f'Duplicate feature column name found for columns: {column} and '
        f'{named[column.name]}. Leave one of them out of feature_columns, or '
        'give it a copy of the feature under another name.'
      )
    named[column.name] = column
  notes.add_columns(named.values())
  return [named[name] for name in sorted(named)]


def scope_name(column: Any) -> str:
  """The column's name without what scopes may not contain."""
  return re.sub(r'[^A-Za-z0-9_.\-]', '_', column.name)


def warn_of_width(column: Any, tensor: tf.Tensor) -> None:
  """Tells of a feature that its column cannot read, as no run of an export does.

  Args:
    column: A dense column.
    tensor: What it made of its feature, `[batch_size, ...]`.
  """
  width = tensor.shape[1:].num_elements() if tensor.shape.rank else None
  wanted = column.variable_shape.num_elements()
  if width not in (None, wanted):
    v1.logging.warning(
      'The feature of %s has shape %s, %d numbers for an example, and the column '
      'takes %d: every call with this graph will fail. Give the features (of '
      'serving_input_receiver_fn, in an export) the shape of the column.',
      notes.brief(column),
      tensor.shape,
      width,
      wanted,
    )


def without_ragged(features: Mapping[str, Any]) -> dict[str, Any]:
  """The features; ragged ones, which columns do not know, as sparse ones."""
  return {
    key: value.to_sparse() if isinstance(value, tf.RaggedTensor) else value
    for key, value in features.items()
  }


def transformation_cache(features: Mapping[str, Any]) -> Any:
  """What columns read features from."""
  return _tf.FeatureTransformationCache(without_ragged(features))


def dense_tensor(column: Any, cache: Any, state: State, training: bool) -> Any:
  """A dense column's tensor; `training` goes to columns that ask for it."""
  arguments = {}
  if 'training' in inspect.signature(column.get_dense_tensor).parameters:
    arguments['training'] = training
  return column.get_dense_tensor(cache, state, **arguments)


def is_categorical(column: Any) -> bool:
  """Whether the column gives ids: bucketized ones do, and are dense as well."""
  return isinstance(column, _tf.CategoricalColumn)


def check_dense(
  feature_columns: Iterable[Any], kind: type = _tf.DenseColumn
) -> None:
  """Raises ValueError if a column is not dense, or not of the given kind."""
  for column in feature_columns:
    if not isinstance(column, kind):
      raise ValueError(
        f'Items of feature_columns must be a {kind}. You can wrap a categorical '
        'column with an embedding_column or indicator_column. Given: '
        f'{column}'
      )


def shared_scope(at_top: bool) -> v1.VariableScope:
  """The scope of variables that columns make by themselves.

  Those of `shared_embeddings` do, and those of tensorflow_hub.
  """
  if at_top:
    # Keras optimizers cannot train the other kind, which is the usual one after
    # tf.compat.v1.disable_v2_behavior().
    return v1.VariableScope(reuse=False, name='', use_resource=True)
  return v1.get_variable_scope()


def shared_variables(feature_columns: Iterable[Any]) -> list[Any]:
  """The variables of `tf.feature_column.shared_embeddings` among columns.

  Columns make them by themselves, outside of `State`.
  """
  creators = [
    getattr(column, 'shared_embedding_column_creator', None)
    for column in feature_columns
  ]
  return [creator.embedding_weights for creator in creators if creator]
