"""Says what an exporter is: something that train_and_evaluate calls."""

import abc


class Exporter:
  """What `train_and_evaluate` calls after each evaluation, to write an export.

  `LatestExporter`, `FinalExporter` and `BestExporter` derive from it; a class
  of yours may too, and should have both members.
  """

  # No abc.ABC: as in the reference, classes with any metaclass may derive from
  # this one, and what they lack is found by EvalSpec.

  @property
  @abc.abstractmethod
  def name(self):
    """The exporter's directory below `model_dir/export`: a non-empty string.

    It must differ from the names of the other exporters of an `EvalSpec`.
    """

  @abc.abstractmethod
  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    """Writes an export of `checkpoint_path`, if it wants to.

    Args:
      estimator: The `Estimator` to export.
      export_path: The directory for this exporter's exports.
      checkpoint_path: The checkpoint that was evaluated.
      eval_result: What `Estimator.evaluate` returned for it: a dict.
      is_the_final_export: Whether training has ended.

    Returns:
      The path of the export, or None if there is none.
    """
