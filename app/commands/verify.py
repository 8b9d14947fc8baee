"""`flask verify [--json]`: exit code 0 when every invariant holds, 1 when one is broken."""

import json
import sys

import click
from flask.cli import with_appcontext

from app.services import audit_seals, verification


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@with_appcontext
def verify_command(as_json: bool) -> None:
    """Check the ledger and everything that leans on it."""
    findings = []
    for finding in verification.check_all():
        findings.append(finding)
        if not as_json:
            click.echo(f"{'✗' if finding.broken else '✓'} {finding.name:26} {finding.rule}")
            for row in finding.broken:
                click.echo(f"    {row}")
    broken = [finding for finding in findings if finding.broken]
    head = audit_seals.find_head()
    if as_json:
        report = {f.name: {"rule": f.rule, "broken": f.broken} for f in findings}
        sealed = head and {"block_no": head.block_no, "hash": head.hash, "sealed_at": head.sealed_at.isoformat()}
        click.echo(
            json.dumps({"ok": not broken, "checks": report, "audit_head": sealed}, default=str, ensure_ascii=False)
        )
    else:
        if head is not None:
            click.echo(f"Audit sealed up to block {head.block_no}: {head.hash}")
        click.echo(f"{len(findings) - len(broken)} of {len(findings)} invariants hold.")
    sys.exit(1 if broken else 0)
