"""Notes which functions are compiled."""

from tfcompat_estimator.session_emulation.compiled import compiled_function


def compiled(monkeypatch):
  """A list that each function is appended to once it is compiled."""
  made = []
  compile_body = compiled_function.compile_body

  def noting(*arguments):
    made.append(compile_body(*arguments))
    return made[-1]

  monkeypatch.setattr(compiled_function, 'compile_body', noting)
  return made
