"""Tests how documents become ids of words."""

import numpy as np
import pytest

from tfcompat_estimator.migration.tf1 import vocabulary

DOCUMENTS = ['the cat sat', 'the dog', "don't"]


def test_documents_become_rows_of_ids_and_back():
  """Ids are by the order of words; later words are unknown."""
  processor = vocabulary.VocabularyProcessor(3)
  rows = list(processor.fit_transform(DOCUMENTS))
  later = list(processor.transform(['the bird sat down now']))

  np.testing.assert_array_equal(rows, [[1, 2, 3], [1, 4, 0], [5, 0, 0]])
  np.testing.assert_array_equal(later, [[1, 0, 3]])
  assert next(processor.reverse(rows[:1])) == 'the cat sat'


def test_rare_words_are_left_out():
  """Those that came no more often than asked for."""
  processor = vocabulary.VocabularyProcessor(3, min_frequency=1)
  processor.fit(DOCUMENTS)

  assert len(processor.vocabulary_) == 2
  np.testing.assert_array_equal(
    list(processor.transform(['the cat'])), [[1, 0, 0]]
  )


def test_a_processor_is_saved(tmp_path):
  """And gives the same ids afterwards."""
  processor = vocabulary.VocabularyProcessor(2).fit(DOCUMENTS)
  processor.save(str(tmp_path / 'vocab'))
  restored = vocabulary.VocabularyProcessor.restore(str(tmp_path / 'vocab'))

  np.testing.assert_array_equal(
    list(restored.transform(DOCUMENTS)), list(processor.transform(DOCUMENTS))
  )


@pytest.mark.parametrize('word', ['new'])
def test_a_frozen_vocabulary_learns_nothing(word):
  """Until it is no more."""
  words = vocabulary.CategoricalVocabulary()
  words.freeze()
  assert words.get(word) == 0
  words.freeze(False)
  assert words.get(word) == 1
  assert words.reverse(1) == word
