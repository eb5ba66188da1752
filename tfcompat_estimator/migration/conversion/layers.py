"""Holds the layer that Keras has not, for models that were Estimators."""

import types
from typing import Any

import tensorflow as tf
import tf_keras

_PACKAGE = 'tfcompat_estimator'


class _Tables(tf.__internal__.feature_column.StateManager):
  """Keeps the tables of columns as a part of their layer, to be saved with it."""

  def __init__(self, layer: tf_keras.layers.Layer):
    self._layer = layer
    self._held: dict[tuple[Any, str], Any] = {}

  def add_resource(
    self, feature_column: Any, resource_name: str, resource: Any
  ) -> None:
    self._held[feature_column, resource_name] = resource
    setattr(self._layer, f'table_{len(self._held)}', resource)

  def has_resource(self, feature_column: Any, resource_name: str) -> bool:
    return (feature_column, resource_name) in self._held

  def get_resource(self, feature_column: Any, resource_name: str) -> Any:
    return self._held[feature_column, resource_name]


@tf_keras.saving.register_keras_serializable(_PACKAGE)
class SharedEmbeddings(tf_keras.layers.Layer):
  """Embeds the ids of several categorical columns by one table.

  Stands for the columns of `shared_embeddings`, which exist in graphs only.
  """

  def __init__(
    self,
    columns: Any,
    dimension: int,
    combiner: str = 'mean',
    max_norm: float | None = None,
    **kwargs: Any,
  ):
    """Makes the layer.

    Args:
      columns: Categorical columns with the same number of ids, or their
        configs.
      dimension: The size of an embedding.
      combiner: What becomes of several ids: 'mean', 'sum' or 'sqrtn'.
      max_norm: The norm that embeddings are clipped to; None: they are not.
      **kwargs: Those of a Keras layer.
    """
    super().__init__(**kwargs)
    columns_lib = tf.__internal__.feature_column
    # tf_keras (2.16 to 2.21) would wrap the columns, which are tuples, if it saw
    # them.
    self._held = types.SimpleNamespace(
      columns=[
        columns_lib.deserialize_feature_column(column)
        if isinstance(column, dict)
        else column
        for column in columns
      ]
    )
    self._tables = _Tables(self)
    self._dimension = dimension
    self._combiner = combiner
    self._max_norm = max_norm

  def build(self, input_shape):
    """Makes the table."""
    self.embeddings = self.add_weight(
      'embedding_weights',
      [self._held.columns[0].num_buckets, self._dimension],
      initializer='glorot_uniform',
      dtype=tf.float32,
    )
    super().build(input_shape)

  def call(self, inputs):
    """Returns the embeddings of each column, a list of `[batch, dimension]`."""
    cache = tf.__internal__.feature_column.FeatureTransformationCache(inputs)
    return [self._embed(column, cache) for column in self._held.columns]

  def _embed(self, column: Any, cache: Any) -> tf.Tensor:
    sparse = column.get_sparse_tensors(cache, self._tables)
    return tf.compat.v1.nn.safe_embedding_lookup_sparse(
      self.embeddings,
      sparse.id_tensor,
      sparse_weights=sparse.weight_tensor,
      combiner=self._combiner,
      max_norm=self._max_norm,
    )

  def get_config(self):
    """The arguments of the constructor."""
    serialize = tf.__internal__.feature_column.serialize_feature_column
    return {
      **super().get_config(),
      'columns': [serialize(column) for column in self._held.columns],
      'dimension': self._dimension,
      'combiner': self._combiner,
      'max_norm': self._max_norm,
    }
