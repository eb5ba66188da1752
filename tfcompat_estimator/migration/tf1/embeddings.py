"""Embeds sequences of ids as `tf.contrib.layers` did."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def embedding_lookup_unique(
  params: Any,
  ids: Any,
  partition_strategy: str = 'mod',
  name: str | None = None,
) -> tf.Tensor:
  """Looks each id up once, however often it is there.

  Args:
    params: A variable, or the parts of one, of shape (rows, ...).
    ids: Integers of any shape.
    partition_strategy: 'mod' or 'div': how rows are spread over parts.
    name: Of the scope.

  Returns:
    Rows, of shape `ids.shape + params.shape[1:]`.
  """
  with v1.name_scope(name, 'EmbeddingLookupUnique', [params, ids]):
    ids = tf.convert_to_tensor(ids)
    unique_ids, positions = tf.unique(tf.reshape(ids, [-1]))
    rows = v1.nn.embedding_lookup(params, unique_ids, partition_strategy)
    found = tf.gather(rows, positions)
    shape = tf.concat([tf.shape(ids), tf.shape(rows)[1:]], 0)
    found = tf.reshape(found, shape)
    found.set_shape(ids.shape.concatenate(rows.shape[1:]))
    return found


def embed_sequence(
  ids: Any,
  vocab_size: int | None = None,
  embed_dim: int | None = None,
  unique: bool = False,
  initializer: Any = None,
  regularizer: Any = None,
  trainable: bool = True,
  scope: Any = None,
  reuse: Any = None,
) -> tf.Tensor:
  """Turns a (batch, length) of ids into vectors of (batch, length, embed_dim).

  The variable is `EmbedSequence/embeddings`.

  Raises:
    ValueError: `vocab_size` or `embed_dim` is missing and nothing is reused.
  """
  if not (reuse or (vocab_size and embed_dim)):
    raise ValueError(
      f'`vocab_size` ({vocab_size}) and `embed_dim` ({embed_dim}) must be '
      'given, unless `reuse` is True.'
    )
  with v1.variable_scope(scope, 'EmbedSequence', [ids], reuse=reuse):
    shape = [vocab_size, embed_dim]
    if reuse and (vocab_size is None or embed_dim is None):
      shape = None  # type: ignore[assignment]
    embeddings = v1.get_variable(
      'embeddings',
      shape=shape,
      initializer=initializer,
      regularizer=regularizer,
      trainable=trainable,
    )
    if unique:
      return embedding_lookup_unique(embeddings, ids)
    return v1.nn.embedding_lookup(embeddings, ids)


def bow_encoder(
  ids: Any,
  vocab_size: int,
  embed_dim: int,
  sparse_lookup: bool = True,
  initializer: Any = None,
  regularizer: Any = None,
  trainable: bool = True,
  scope: Any = None,
  reuse: Any = None,
) -> tf.Tensor:
  """The mean of the embeddings of each row's ids: (batch, embed_dim).

  The variable is `bow_encoder/embeddings`.

  Raises:
    TypeError: `ids` are not those that `sparse_lookup` says.
  """
  with v1.variable_scope(scope, 'bow_encoder', [ids], reuse=reuse):
    embeddings = v1.get_variable(
      'embeddings',
      shape=[vocab_size, embed_dim],
      initializer=initializer,
      regularizer=regularizer,
      trainable=trainable,
    )
    if sparse_lookup:
      if not isinstance(ids, tf.SparseTensor):
        # Id 0 is padding, as `dense_to_sparse` of tf.contrib.layers has it.
        ids = tf.sparse.from_dense(ids)
      return v1.nn.embedding_lookup_sparse(
        embeddings, ids, None, combiner='mean'
      )
    if isinstance(ids, tf.SparseTensor):
      raise TypeError('ids are expected to be dense Tensor, got: %s' % ids)  # noqa: UP031
    return tf.reduce_mean(v1.nn.embedding_lookup(embeddings, ids), axis=1)
