"""Maps documents to ids of words: `tf.contrib.learn.preprocessing`."""

import collections
import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

_WORD = re.compile(
  r'[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+', re.UNICODE
)
UNKNOWN = '<UNK>'


def _tokenize(documents: Iterable[str]) -> Iterator[list[str]]:
  for document in documents:
    yield _WORD.findall(document)


class CategoricalVocabulary:
  """Ids of words, from 1 in the order in which they came; 0 is unknown."""

  def __init__(self) -> None:
    self._ids = {UNKNOWN: 0}
    self._words = [UNKNOWN]
    self._counts: collections.Counter[str] = collections.Counter()
    self._is_frozen = False

  def __len__(self) -> int:
    return len(self._words)

  def freeze(self, freeze: bool = True) -> None:
    """Has words that come from now on be unknown."""
    self._is_frozen = freeze

  def get(self, category: str) -> int:
    """The id of a word, which is a new one unless the vocabulary is frozen."""
    if category not in self._ids:
      if self._is_frozen:
        return 0
      self._ids[category] = len(self._words)
      self._words.append(category)
    return self._ids[category]

  def add(self, category: str, count: int = 1) -> None:
    """Counts a word."""
    if self.get(category) > 0:
      self._counts[category] += count

  def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
    """Keeps words that came more often than `min_frequency`, by frequency."""
    kept = [
      word
      for word, count in sorted(
        sorted(self._counts.items()), key=lambda item: item[1], reverse=True
      )
      if count > min_frequency and (max_frequency < 0 or count < max_frequency)
    ]
    self._words = [UNKNOWN, *kept]
    self._ids = {word: index for index, word in enumerate(self._words)}
    self._counts = collections.Counter(
      {word: self._counts[word] for word in kept}
    )

  def reverse(self, class_id: int) -> str:
    """The word of an id."""
    return self._words[class_id]

  @property
  def _mapping(self) -> dict[str, int]:
    """What programs read, although it is private."""
    return self._ids


class VocabularyProcessor:
  """Learns the words of documents, and turns these into rows of ids."""

  def __init__(
    self,
    max_document_length: int,
    min_frequency: int = 0,
    vocabulary: CategoricalVocabulary | None = None,
    tokenizer_fn: Callable[[Iterable[str]], Iterable[list[str]]] | None = None,
  ):
    """Makes it.

    Args:
      max_document_length: The length of a row; what is longer is cut.
      min_frequency: Words that come no more often are left out.
      vocabulary: One to begin with.
      tokenizer_fn: Makes lists of words of documents.
    """
    self.max_document_length = max_document_length
    self.min_frequency = min_frequency
    self.vocabulary_ = vocabulary or CategoricalVocabulary()
    self._tokenizer = tokenizer_fn or _tokenize

  def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> Any:
    """Learns the words of documents; returns itself."""
    for words in self._tokenizer(raw_documents):
      for word in words:
        self.vocabulary_.add(word)
    if self.min_frequency > 0:
      self.vocabulary_.trim(self.min_frequency)
    self.vocabulary_.freeze()
    return self

  def fit_transform(
    self, raw_documents: Iterable[str], unused_y: Any = None
  ) -> Iterator[np.ndarray]:
    """Learns, and turns the same documents into rows."""
    documents = list(raw_documents)
    self.fit(documents)
    return self.transform(documents)

  def transform(self, raw_documents: Iterable[str]) -> Iterator[np.ndarray]:
    """Yields a row of int64 ids for each document, 0 where it is shorter."""
    for words in self._tokenizer(raw_documents):
      row = np.zeros(self.max_document_length, np.int64)
      for index, word in enumerate(words[: self.max_document_length]):
        row[index] = self.vocabulary_.get(word)
      yield row

  def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
    """Yields the words of rows of ids."""
    for row in documents:
      yield ' '.join(self.vocabulary_.reverse(index) for index in row)

  def save(self, filename: str) -> None:
    """Writes it to a file."""
    with tf.io.gfile.GFile(filename, 'wb') as file:
      file.write(pickle.dumps(self))

  @classmethod
  def restore(cls, filename: str) -> 'VocabularyProcessor':
    """Reads it from a file that `save` wrote: one that you trust."""
    with tf.io.gfile.GFile(filename, 'rb') as file:
      return pickle.loads(file.read())  # noqa: S301  # as the reference does
