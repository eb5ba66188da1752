"""Runs the canned configurations, once a process each, for tests of Keras models."""

import functools

from tests.canned import descriptors, experimental, neutral

NAMES = [
  *descriptors.entries(),
  *(name for name in experimental.entries() if 'KMeans' not in name),
]


@functools.cache
def run(name):
  library = experimental if name in experimental.entries() else descriptors
  return library.Run(name)


def input_fns(name):
  """Input functions of one epoch, without labels and with them."""
  entry = run(name).entry
  library = experimental if name in experimental.entries() else neutral
  return [
    library.input_fn(entry['features'], label, epochs=1)
    for label in (None, entry['label'])
  ]
