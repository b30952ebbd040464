"""How far a load is: a line for every tenth, or a bar that the launcher draws line over line."""

import io

from siyu.embedded.console import Console
from workplace.demo.progress import Progress


def test_a_plain_line_for_every_tenth():
    out = io.StringIO()
    progress = Progress(out, 200, bar=False)
    for _ in range(200):
        progress.add(1, "云栀护肤")
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["0", *map(str, range(10, 101, 10))]
    assert lines[-1].startswith("100 %")
    assert lines[-1].endswith("云栀护肤")


def test_a_bar_is_drawn_over_itself_and_kept_in_no_file(tmp_path, capsys):
    out = io.StringIO()
    progress = Progress(out, 4, bar=True)
    for _ in range(4):
        progress.add(1, "禾田零食")
    drawn = out.getvalue().split("\n")[:-1]
    assert [line.split("]")[1].split("%")[0].strip() for line in drawn] == ["25", "50", "75", "100"]
    assert drawn[1].startswith("\r[████████████············]")

    console = Console(tmp_path)
    for line in drawn:
        console.line("demo", line)
    console.line("web", "listening")
    console.close()
    said = capsys.readouterr().out
    assert said.count("\r") == 4
    assert said.index("100 %") < said.index("\n") < said.index("listening")
    assert not (tmp_path / "demo.log").exists()
