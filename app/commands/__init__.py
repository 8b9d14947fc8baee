"""`flask …`: what an operator does from a shell."""

from flask import Flask

from app.commands.add_staff import add_staff_command
from app.commands.campaign import campaign_group
from app.commands.doctor import doctor_command
from app.commands.grant_role import grant_role_command
from app.commands.initialise import init_command
from app.commands.jobs import jobs_group
from app.commands.reset_second_step import reset_second_step_command
from app.commands.seed_demo import seed_demo_command
from app.commands.verify import verify_command


def register(app: Flask) -> None:
    """Hang every command on the application."""
    for command in (
        init_command,
        add_staff_command,
        reset_second_step_command,
        doctor_command,
        grant_role_command,
        seed_demo_command,
        verify_command,
        campaign_group,
        jobs_group,
    ):
        app.cli.add_command(command)
