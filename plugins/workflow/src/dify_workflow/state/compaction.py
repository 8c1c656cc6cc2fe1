"""Summing up items of iterations that have ended, and taking such sums for the items themselves."""

from typing import TYPE_CHECKING

from .frame import Frame, Group
from .summary import Summary

if TYPE_CHECKING:
    from .machine import Machine


class Compaction:
    """For journals that keep one entry per ended item instead of everything that happened in it."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine
        self.wanted = False
        """Whether the journal takes summaries."""
        self.summaries: list[tuple[str, Summary]] = []
        """Of items that have ended, by group: for the journal, once the reader has their events."""
        self.unseen_events = 0
        """Events of restored items: they were told, and are not made again."""

    def supersede(self, group: Group, summary: Summary) -> None:
        """An item has ended: `summary` stands for everything that the journal holds of it."""
        machine = self._machine
        summary.at, summary.next = machine.at, machine.next_number
        summary.events, summary.steps = group.events, group.steps
        self.summaries.append((group.label, summary))

    def restore_item(self, summary: Summary) -> None:
        """An item of an iteration has ended, as its summary says."""
        self._machine.at = summary.at
        driver = self._machine.executions[summary.number].driver
        if driver is not None:
            driver.restore(summary)

    def take_over(self, frame: Frame, summary: Summary) -> None:
        """Count what a summary counts; the frame's beginning was done again, and may have told something."""
        machine, group = self._machine, frame.group
        shown = group.events if group is not None and frame.sink == machine.show else 0
        self.unseen_events += summary.events - shown
        machine.next_number = max(machine.next_number, summary.next)
        machine.ledger.all_steps += summary.steps
        if group is not None:
            group.events, group.steps = summary.events, summary.steps
