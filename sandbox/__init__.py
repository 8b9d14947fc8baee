"""A local WeChat for development, demos and tests. It knows nothing of the application it plays against."""

from sandbox.application import create_sandbox
from sandbox.clock import SandboxClock
from sandbox.server import RunningSandbox, running
from sandbox.settings import PushTarget, SandboxRefused, Settings

__all__ = ["PushTarget", "RunningSandbox", "SandboxClock", "SandboxRefused", "Settings", "create_sandbox", "running"]
