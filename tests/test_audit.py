"""What an auditor's tools are told to skip is what they find, no more and no less, and each skip has its reason."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sam_template import ROOT, Stack, load

ENVIRONMENT = ROOT / ".local/audit"
FOLDERS = ("layers", "functions", "cli")
SECONDS_MAX = 300.0
ON_KAFKA = Stack(
    Transport="kafka",
    KafkaBootstrapServers="broker.example:9098",
    KafkaClusterArn="arn:aws:kafka:eu-central-1:111122223333:cluster/tombola/1",
    KafkaSubnetIds="subnet-11111111,subnet-22222222",
    KafkaSecurityGroupIds="sg-11111111",
)
PRIVILEGES = "CKV_AWS_110"  # what a policy document lets a role become
FOUND = 1  # the exit status of a tool that finds something


def report(tool: str, *arguments: str | Path) -> Any:
    """Return what a tool finds, as its JSON says."""
    program = ENVIRONMENT / "bin" / tool
    if not program.exists():
        pytest.fail(f"{program.relative_to(ROOT)} is missing: run `make .local/audit/.installed`")
    command = [program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert done.returncode == FOUND, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_checkov_skips_what_it_finds_in_the_template_and_says_why(tmp_path: Path) -> None:
    """It leaves out what is off by default, and each role with a policy that hangs on more than one parameter.

    So it gets the roles as a stack on Kafka has them.
    """
    template, skipped = load(), []
    template["Parameters"]["Canary"]["Default"] = "true"
    for name, role in ON_KAFKA.resources.items():
        if role["Type"] == "AWS::IAM::Role":
            template["Resources"][name]["Properties"] = role["Properties"]
    for name, resource in template["Resources"].items():
        for skip in resource.get("Metadata", {}).pop("checkov", {"skip": []})["skip"]:
            assert re.fullmatch(r"[A-Z].{30,}[.]", skip["comment"])
            skipped.append((f"{resource['Type']}.{name}", skip["id"]))
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template))

    options = ("--skip-download", "--framework", "cloudformation", "--output", "json")
    found = report("checkov", *options, "--file", file)

    assert sorted(skipped) == sorted((each["resource"], each["check_id"]) for each in found["results"]["failed_checks"])
    assert found["summary"]["parsing_errors"] == 0
    roles = {f"AWS::IAM::Role.{name}" for name in Stack().of_type("AWS::IAM::Role")}
    looked_at = {each["resource"] for each in found["results"]["passed_checks"] if each["check_id"] == PRIVILEGES}
    assert roles <= looked_at


def test_bandit_skips_what_it_finds_in_the_code() -> None:
    skipped = {
        (str(file.relative_to(ROOT)), check)
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        for check in re.findall(r"# nosec (B[0-9]+)", line)
    }

    found = report("bandit", "--quiet", "--ignore-nosec", "--format", "json", "--recursive", *FOLDERS)

    assert skipped == {(each["filename"], each["test_id"]) for each in found["results"]}
