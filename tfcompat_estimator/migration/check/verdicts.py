"""Says whether something works, and what to do where it does not."""

import dataclasses

WORKS = 'works'
CHANGE = 'change'
NO = 'no'


@dataclasses.dataclass(frozen=True)
class Verdict:
  """What becomes of a use of a name.

  Attributes:
    status: WORKS as it is; works with a CHANGE of one line; or NO.
    advice: The line to change, or what to use instead; empty if it works.
    docs: The page of the documentation that tells more.
  """

  status: str
  advice: str = ''
  docs: str = ''


@dataclasses.dataclass(frozen=True)
class Finding:
  """A name that a program uses, or another trait of it.

  Attributes:
    name: What was found, as programs write it: `tf.estimator.ModeKeys`.
    line: Where, counted from 1.
    verdict: Whether it works.
  """

  name: str
  line: int
  verdict: Verdict


def works() -> Verdict:
  """It works as it is."""
  return Verdict(WORKS)


def change(advice: str, docs: str = 'docs/migrating.md') -> Verdict:
  """It works with this line, or setting."""
  return Verdict(CHANGE, advice, docs)


def no(advice: str, docs: str = 'docs/differences.md') -> Verdict:
  """It does not work; `advice` says what does."""
  return Verdict(NO, advice, docs)
