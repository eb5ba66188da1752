"""Reads the index of a checkpoint: what it holds, and where in which file.

An index is a sorted string table in LevelDB's format: blocks of prefix-coded
keys, an index block over them, a footer. TensorFlow checks its checksums but
has no public way to ask for the offsets, which tell a truncated data file.
"""

from collections.abc import Iterator
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf

_FOOTER_BYTES = 48
_MAGIC = 0xDB4775248B80FB57
_SLICE_KEY = b'\0'  # no name begins so
_TRAILER_BYTES = 5  # compression kind and checksum, after each block


class Index(NamedTuple):
  """What a checkpoint claims to hold."""

  shards: int  # number of data files
  entries: dict[str, _tf.BundleEntryProto]  # by variable name
  slices: list[_tf.BundleEntryProto]  # parts of partitioned variables

  def bytes_needed(self) -> list[int]:
    """How long each data file must be at least."""
    needed = [0] * self.shards
    for entry in (*self.entries.values(), *self.slices):
      end = entry.offset + entry.size
      needed[entry.shard_id] = max(needed[entry.shard_id], end)
    return needed


def read(prefix: str) -> Index:
  """Reads `<prefix>.index`.

  Raises:
    ValueError: It is no such table, or is compressed.
    tf.errors.OpError: It cannot be read.
  """
  with tf.io.gfile.GFile(prefix + '.index', 'rb') as file:
    table = file.read()
  if len(table) < _FOOTER_BYTES:
    raise ValueError(f'{prefix}.index has only {len(table)} bytes.')
  footer = table[-_FOOTER_BYTES:]
  if int.from_bytes(footer[-8:], 'little') != _MAGIC:
    raise ValueError(f'{prefix}.index does not end as an index does.')
  _, position = _handle(footer, 0)  # of the metadata, which is empty
  index_block, _ = _handle(footer, position)
  shards = 0
  entries = {}
  slices = []
  for _, handle_bytes in _block(table, index_block):
    handle, _ = _handle(handle_bytes, 0)
    for key, value in _block(table, handle):
      if not key:
        shards = _tf.BundleHeaderProto.FromString(value).num_shards
      elif key.startswith(_SLICE_KEY):
        slices.append(_tf.BundleEntryProto.FromString(value))
      else:
        entries[key.decode()] = _tf.BundleEntryProto.FromString(value)
  return Index(shards, entries, slices)


def _block(
  table: bytes, handle: tuple[int, int]
) -> Iterator[tuple[bytes, bytes]]:
  """The keys and values of one block."""
  offset, size = handle
  if offset + size + _TRAILER_BYTES > len(table):
    raise ValueError('A block lies beyond the end of the index.')
  if table[offset + size]:
    raise ValueError('The index is compressed.')
  block = table[offset : offset + size]
  restarts = int.from_bytes(block[-4:], 'little')
  end = len(block) - 4 * (restarts + 1)
  position, key = 0, b''
  while position < end:
    shared, position = _varint(block, position)
    unshared, position = _varint(block, position)
    length, position = _varint(block, position)
    key = key[:shared] + block[position : position + unshared]
    position += unshared
    yield key, block[position : position + length]
    position += length


def _handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
  """The offset and size of a block, and the position after them."""
  offset, position = _varint(data, position)
  size, position = _varint(data, position)
  return (offset, size), position


def _varint(data: bytes, position: int) -> tuple[int, int]:
  value = shift = 0
  while True:
    if position >= len(data):
      raise ValueError('The index ends within a number.')
    byte = data[position]
    position += 1
    value |= (byte & 0x7F) << shift
    if byte < 0x80:
      return value, position
    shift += 7
