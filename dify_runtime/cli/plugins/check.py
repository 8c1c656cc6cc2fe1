"""`dify-runtime plugins check`."""

from collections.abc import Sequence

import click

from ...checker.check import check as run_checks
from ...checker.findings import Finding, Severity
from ...checker.rules import RULES
from ..output import json_option, print_json, print_paragraph, print_table


@click.command()
@click.argument("target", metavar="[PATH|NAME]", required=False)
@click.option("--rules", "list_rules", is_flag=True, help="List the rules instead.")
@json_option
@click.pass_context
def check(ctx: click.Context, target: str | None, list_rules: bool, as_json: bool) -> None:
    """Check a plugin: the directory of its source, or its name when it is installed; without either, all installed.

    Exit status 1 when there are errors; warnings do not count. A line with the comment
    `# plugins check: ignore CODE` is excused from that rule.
    """
    if list_rules:
        _print_rules(as_json)
        return
    findings = run_checks(target)
    if as_json:
        print_json([finding.to_json() for finding in findings])
    else:
        _print(findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        ctx.exit(1)


def _print_rules(as_json: bool) -> None:
    rules = [rule.to_json() for rule in RULES]
    if as_json:
        print_json(rules)
    else:
        print_table(("CODE", "SEVERITY", "RULE"), [tuple(rule.values()) for rule in rules])


def _print(findings: Sequence[Finding]) -> None:
    for finding in findings:
        print_paragraph(f"{finding.place}: {finding.code} {finding.severity}: {finding.message}", indent=4)
        print_paragraph(f"    {finding.hint}", indent=4)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings" if findings else "all rules are kept")
