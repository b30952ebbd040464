"""Due work of this room."""

from connectors.importing import IMPORT, run_import
from siyu.due import Beat, handles


@handles(IMPORT)
def import_file(subject: str, beat: Beat) -> None:
    """`subject`: the project's id, a colon, and that of the FileImport."""
    run_import(int(subject.partition(":")[2]), beat)
