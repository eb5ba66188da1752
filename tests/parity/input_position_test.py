"""Either side reads on in an input where the other stopped."""

import pytest

pytestmark = pytest.mark.parity


@pytest.mark.parametrize('shuffled', [False, True])
@pytest.mark.parametrize('writer', ['ours', 'reference'])
def test_positions_go_both_ways(writer, shuffled, ours, reference, model_dir):
  """The elements are those of a training that did not stop."""
  first, second = (ours, reference) if writer == 'ours' else (reference, ours)

  def read(side, path, steps):
    return side.call(
      'input_position',
      'read',
      model_dir=path,
      steps=steps,
      shuffled=shuffled,
    )

  seen = read(first, model_dir, 5) + read(second, model_dir, 15)

  assert seen == read(reference, f'{model_dir}_whole', 20)
  assert sorted(seen) == [*range(40)]
