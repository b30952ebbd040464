"""What workers need of this room: what each kind of export holds (reports.exports makes them)."""

from workplace.exporting import register_exports

register_exports()
