"""`flask …`: what an operator does from a shell."""

from flask import Flask

from app.commands.doctor import doctor_command
from app.commands.initialise import init_command
from app.commands.seed_demo import seed_demo_command
from app.commands.verify import verify_command


def register(app: Flask) -> None:
    """Hang every command on the application."""
    for command in (init_command, doctor_command, seed_demo_command, verify_command):
        app.cli.add_command(command)
