"""Notes which functions are compiled."""

from tfcompat_estimator.session_emulation.compiled import function


def compiled(monkeypatch):
  """A list that each function is appended to once it is compiled."""
  made = []
  compile_body = function.compile_body

  def noting(*arguments):
    made.append(compile_body(*arguments))
    return made[-1]

  monkeypatch.setattr(function, 'compile_body', noting)
  return made
