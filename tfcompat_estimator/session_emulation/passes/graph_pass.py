"""Says what a graph pass is, and what it may know of the program it changes."""

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import node_graph


class Permit(Protocol):
  """A session's permission to keep one of TensorFlow's threads waiting."""

  def acquire(self) -> bool:
    """Whether the session has it now."""


class Stream(Protocol):
  """What one random op draws, run by run; the session keeps how far it is."""

  @property
  def shape(self) -> list[int]:
    """The shape of its variable, which is of type int64."""

  def begin(self) -> tuple[np.ndarray, Any]:
    """The variable's value at first, and what has to live as long as it."""


class Live(NamedTuple):
  """A tensor that shows what a variable was given last."""

  handle: str  # the node, or the tensor, that says which variable
  variables: frozenset[str]  # the nodes of the resources that it may be


class RefVariables(NamedTuple):
  """The variables of TF 1's first kind that became resources."""

  # From each variable: the node of its resource, and that of its value before
  # it is written.
  handles: Mapping[str, str]
  reads: Mapping[str, str]
  live: Mapping[str, Live]  # of tensors that show what is written last
  writers: Mapping[str, Collection[str]]  # nodes, and the resources' nodes
  tensors: Collection[str] = ()  # all that show a variable
  # Nodes and what they wait for here only, and the tensors that stands for.
  added: Mapping[tuple[str, str], Collection[str]] = {}
  follow_writes: Collection[str] = ()  # nodes that a write may come before


NO_REF_VARIABLES = RefVariables({}, {}, {}, {})


@dataclasses.dataclass
class Context:
  """What a pass may know, and what it tells who runs it.

  Attributes:
    graph: The graph that the nodes are from.
    fetches: The names of the tensors that the nodes compute for the caller.
    targets: The names of nodes that have to run.
    resources: The devices of the resources in use, by the names of the nodes
      that make them.
    variables: Those resources that are variables.
    without_value: Those variables that have no value before the run.
    saves_input: Whether checkpoints hold how far the input has got, by the
      names of datasets.
    in_cluster: Whether nodes may run in other processes.
    may_be_resources: The variables of TF 1's first kind that may; None: all.
    permit: For a program that waits for its input in the caller's thread.
    data: Told by passes: the values of constants that were taken out, by the names
      of their tensors.
    moved: Told by passes: for fetches that other tensors stand for now, these.
    waits: Told by passes: whether the program needs the permit.
    refused: Told by passes: whether it would need it, and there is none.
    streams: Told by passes over a whole graph: what random ops draw, by the
      names of the nodes that make their variables.
    ref_variables: Told by them, too.
  """

  graph: tf.Graph
  fetches: Collection[str] = ()
  targets: list[str] = dataclasses.field(default_factory=list)
  resources: Mapping[str, str] = dataclasses.field(default_factory=dict)
  variables: Collection[str] = ()
  without_value: Collection[str] = ()
  saves_input: bool = False
  in_cluster: bool = False
  may_be_resources: Collection[str] | None = None
  permit: Permit | None = None
  data: dict[str, Any] = dataclasses.field(default_factory=dict)
  moved: dict[str, str] = dataclasses.field(default_factory=dict)
  waits: bool = False
  refused: bool = False
  streams: dict[str, Stream] = dataclasses.field(default_factory=dict)
  ref_variables: RefVariables = NO_REF_VARIABLES

  def tensor(self, name: str) -> tf.Tensor | None:
    """A tensor by its name; None for one of a node that a session added."""
    with contextlib.suppress(KeyError, ValueError):
      return self.graph.get_tensor_by_name(name)
    return None

  def rank(self, name: str) -> int | None:
    """The number of dimensions of a tensor, by its name; None: unknown."""
    tensor = self.tensor(name)
    return None if tensor is None else tensor.shape.rank


class Pass(NamedTuple):
  """A row of a table in `pipeline.py`.

  Attributes:
    name: What it is called, in the table and in errors.
    apply: Changes the nodes, and returns whether it did.
    why: Why it stands where it stands.
    after: The passes that must have run before.
    is_optional: Whether programs compute the same without it, but slower.
    in_one_process: Whether it is for programs of one process only.
  """

  name: str
  apply: Callable[[node_graph.NodeGraph, Context], bool]
  why: str
  after: tuple[str, ...] = ()
  is_optional: bool = True
  in_one_process: bool = False
