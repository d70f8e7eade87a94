"""The ready functions under templates/functions: each folder's own tests, and its template read as SAM would."""
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from mailroom import ROOT

yaml = pytest.importorskip("yaml")

FOLDERS = sorted(path.parent for path in (ROOT / "templates/functions").glob("*/template.yaml"))
NODE = shutil.which("node") or shutil.which("nodejs")
PRINCIPAL = {"Fn::Sub": "workmail.${AWS::Region}.amazonaws.com"}


class Reader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags in their long forms."""


def short_tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}


Reader.add_multi_constructor("!", short_tag)
every = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def resources(folder, kind=None):
    template = yaml.load((folder / "template.yaml").read_text(), Reader)
    return {name: found for name, found in template["Resources"].items() if kind in (None, found["Type"])}


@every
def test_its_own_tests_pass(folder):
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1"}
    if list(folder.glob("*.test.mjs")):
        assert NODE, "install nodejs: make test-packages"
        command = [NODE, "--test"]
    else:
        command = [sys.executable, "-W", "error", "-m", "unittest"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=1800)
    report = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, report[-4000:]
    # A run that found no test would pass as well.
    assert re.search(r"Ran [1-9]|# pass [1-9]|pass [1-9]", report), report


@every
def test_it_has_a_readme_and_an_event_of_the_rules_shape(folder):
    text = (folder / "README.md").read_text()
    assert "mailroom deploy templates/functions/" + folder.name in text and "mailroom rule create" in text
    event = json.loads((folder / "event.json").read_text())
    assert set(event) == {"summaryVersion", "envelope", "truncated", "sender", "subject", "messageId", "invocationId",
                          "flowDirection"}
    assert folder.name in (ROOT / "templates/functions/README.md").read_text()


@every
def test_workmail_may_call_every_function_a_rule_could_name(folder):
    allowed = {json.dumps(one["Properties"]["FunctionName"]) for one in resources(folder, "AWS::Lambda::Permission").values()
               if one["Properties"]["Principal"] == PRINCIPAL and "SourceArn" in one["Properties"]}
    assert allowed == {json.dumps({"Ref": name}) for name in resources(folder, "AWS::Serverless::Function")}


@every
def test_the_code_is_where_the_template_says(folder):
    for function in resources(folder, "AWS::Serverless::Function").values():
        properties = function["Properties"]
        code = folder / properties["CodeUri"]
        if properties["Runtime"].startswith("provided"):
            assert (code / "Makefile").exists() and function["Metadata"]["BuildMethod"] == "makefile"
            continue
        module, _, name = properties["Handler"].rpartition(".")
        [source] = [path for path in code.glob(module + ".*") if path.suffix in (".py", ".js", ".mjs")]
        assert re.search(rf"^(def {name}\(|export const {name}\b)", source.read_text(), re.M)


@every
def test_every_statement_names_its_actions_and_resources(folder):
    """No function may do more than it does: no wildcard actions, no resource `*` unless the README says why."""
    for function in resources(folder, "AWS::Serverless::Function").values():
        for document in function["Properties"].get("Policies", []):
            for statement in document["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not [action for action in actions if "*" in action]
                assert statement["Resource"] != "*"


@every
def test_a_bucket_for_new_content_lets_workmail_read_it(folder):
    """PutRawMessageContent reads the object as the service (reference/email-flow.md §7.2)."""
    if "put_raw_message_content" not in "".join(path.read_text() for path in folder.glob("src/*.py")):
        return
    [policy] = resources(folder, "AWS::S3::BucketPolicy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": PRINCIPAL} and "s3:GetObject" in statement["Action"]
    assert "workmailmessageflow" in json.dumps(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
