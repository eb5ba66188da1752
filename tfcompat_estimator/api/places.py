"""Says where names live: the notation of lists of names."""

P = 'tfcompat_estimator.'


def as_is(module: str, names: str) -> dict[str, str]:
  """Names that a module of ours, or 'module:of.it', has as they are."""
  dot = '.' if ':' in module else ':'
  return {name: f'{P}{module}{dot}{name}' for name in names.split()}


def with_suffix(suffix: str, module: str, names: str) -> dict[str, str]:
  """Names after which a module has a suffix."""
  return {name: f'{P}{module}:{name}{suffix}' for name in names.split()}


def renamed(module: str, names: str) -> dict[str, str]:
  """Names that a module has under others: 'name=own' for each."""
  pairs = dict(name.split('=') for name in names.split())
  return {name: f'{P}{module}:{own}' for name, own in pairs.items()}
