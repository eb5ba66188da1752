"""Parts of graphs, and the function that each becomes."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.compiled import (
  compiled_function,
  content,
  function_names,
  shared,
)
from tfcompat_estimator.session_emulation.passes import (
  missing_values,
  references,
)
from tfcompat_estimator.session_emulation.run import graph_snapshot

v1 = tf.compat.v1


class Signature(NamedTuple):
  """What one call of session.run feeds, fetches and runs, by name."""

  feeds: tuple[str, ...]  # tensors
  fetches: tuple[str, ...]  # tensors
  targets: tuple[str, ...]  # operations


@dataclasses.dataclass
class Part:
  """What one function is made of."""

  subgraph: graph_snapshot.Subgraph
  signature: Signature
  specs: Sequence[tf.TensorSpec]  # of the feeds
  # By the names of the tensors in the graph; also data that was taken out of it.
  handles: dict[str, tf.Tensor]
  last: dict[str, str]  # of fetches that are read at the end, handles' names
  unset: bool = False  # whether some variables had no value before
  missing: Sequence[str] = ()  # those fetches that may have no value
  waits: bool = False  # for its input, in place
  key: bytes | None = None  # equal for parts that may share a function

  has_data: bool = False  # among the handles
  refused: bool = False  # whether it would wait, if it might
  content: bytes | None = None  # equal for equal subgraphs
  compiled: shared.Compiled | None = None  # by an earlier session
  nodes: Sequence[str] = ()  # of the graph
  # As they were when it was made: its variables, and those without a value.
  variables: Collection[str] = ()
  without_value: Sequence[str] = ()
  read_first: Sequence[str] = ()  # variables that need values from the start

  @property
  def may_be_kept(self) -> bool:
    """Whether later sessions of the same graph may make the same of it."""
    return self.content is not None and not (self.refused or self.has_data)

  def share(self) -> None:
    """Finds the key, if the function may be shared."""
    read = content.read(self.subgraph.graph_def) if shared.enabled() else None
    if read is not None:
      self.subgraph = self.subgraph._replace(graph_def=read.graph_def)
      self.content = read.key
      self.find_key()

  def find_key(self) -> None:
    """Finds the key of what is shared, with these handles and options."""
    self.key = shared.key_of(
      self.content,
      *self.signature,
      list(self.handles),
      list(self.last.items()),
      self.unset,
      self.missing,
      shared.kinds(self.specs),
      shared.kinds(self.handles.values()),
    )

  def compile(self) -> shared.Compiled:
    """Makes the function, which then refers to no part any more."""
    if self.compiled is not None:
      return self.compiled
    subgraph, signature = [self.subgraph], self.signature
    last, unset, missing = self.last, self.unset, self.missing
    names = (*signature.feeds, *self.handles)

    def body(
      fed: Sequence[tf.Tensor], given: Sequence[tf.Tensor]
    ) -> list[tf.Tensor]:
      values = dict(zip(names, (*fed, *given), strict=True))
      return _import(subgraph[0], signature, values, last, unset, missing)

    given = list(self.handles.values())
    try:
      return function_names.retried(
        lambda: compiled_function.compile_body(body, self.specs, given),
        self.subgraph.graph_def,
      )
    finally:
      subgraph.clear()  # the function keeps its body


def _import(
  subgraph: graph_snapshot.Subgraph,
  signature: Signature,
  given: Mapping[str, tf.Tensor],
  last: Mapping[str, str],
  unset: bool,
  missing: Collection[str],
) -> list[tf.Tensor]:
  """Imports the subgraph into the function that is being traced."""
  used = {name + ':0' for name in subgraph.resources} | set(subgraph.boundary)
  inside = [name for name in signature.fetches if name not in given]
  made = [name for name in last.values() if name not in given]
  try:
    elements = tf.graph_util.import_graph_def(
      subgraph.graph_def,
      input_map={name: given[name] for name in used},
      return_elements=[*inside, *made, *signature.targets],
      name='',
    )
  except ValueError as error:
    if not signature.feeds:
      raise
    # A value is fed to what writes a variable, say: so a Session says it.
    raise tf.errors.InvalidArgumentError(None, None, str(error)) from error
  values = dict(zip((*inside, *made), elements, strict=False))
  outputs = []
  cpu = devices.own_cpu()
  for name in signature.fetches:
    tensor = given.get(name)
    if tensor is None:
      tensor = values[name]
    if name in last:
      with tf.control_dependencies(elements):
        handle, dtype = {**given, **values}[last[name]], tensor.dtype.base_dtype
        if unset:
          handle = missing_values.guarded(handle, dtype)
        tensor = tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype)
    if tensor.dtype._is_ref_dtype:  # noqa: SLF001
      tensor = tf.identity(tensor)  # functions return values, not references
    if devices.is_remote(tensor.device) and tensor.dtype != tf.resource:
      with tf.device(cpu):
        tensor = tf.identity(tensor)  # sent here with the other fetches
    outputs.append(tensor)
  targets = elements[len(inside) + len(made) :]
  here = [op for op in targets if not devices.is_remote(op.device)]
  elsewhere = [op for op in targets if devices.is_remote(op.device)]
  # The function ends when these have run, too; so TensorFlow's optimizer of graphs
  # leaves what joins branches as it is where it is asked for, as in a Session.
  asked = [getattr(element, 'op', element) for element in elements]
  joins = [op for op in asked if op.type in references.MERGING]
  # A joining may be asked for as a tensor and as an operation; it is to be named once.
  ends = dict.fromkeys([*elsewhere, *joins])
  v1.get_default_graph().control_outputs.extend(ends)
  with tf.control_dependencies(here), tf.device(cpu):
    # What was asked to run has no value: this output waits for it.
    outputs.append(tf.constant(True, name='targets_done'))
  for name, output in zip(signature.fetches, tuple(outputs), strict=False):
    if name in missing and compiled_function.may_be_nothing(output):
      with tf.control_dependencies([output]):
        outputs.append(tf.constant(True, name='has_value'))
  return outputs
