"""`flask add-staff`: the way in for the first admin."""

from flask.testing import FlaskCliRunner

from app.services import staff
from tests.conftest import CommittedDatabase


def add(runner: FlaskCliRunner, *, login: str = "Boss", typed: str = "ten letters\nten letters\n") -> tuple[int, str]:
    answer = runner.invoke(args=["add-staff", "--login", login, "--name", "老板"], input=typed)
    return answer.exit_code, answer.output


def test_the_first_admin_comes_in_once(committed_db: CommittedDatabase) -> None:
    runner = committed_db.app.test_cli_runner()
    code, said = add(runner)
    assert (code, "boss (admin)" in said) == (0, True)
    assert "ten letters" not in said
    with committed_db.session():
        assert staff.authenticate("boss", "ten letters").role == "admin"
    assert add(runner)[0] == 1
    assert add(runner, login="老板")[0] == 1
    assert add(runner, login="two", typed="short\nshort\n")[0] == 1
    with committed_db.session():
        assert len(staff.list_staff(after=None, limit=5).items) == 1
