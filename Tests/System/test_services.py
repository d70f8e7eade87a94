"""The AWS services that functions call, by boto3 and awscli, unmodified."""
import json
import os
import subprocess
import sys
import time
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest
from mailroom import PATIENCE, until

REFUSED = botocore.exceptions.ClientError


def refusal(call, **arguments):
    with pytest.raises(REFUSED) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def client(server, service, keys=None, **more):
    keys = keys or {"AccessKeyId": server.card["aws"]["accessKeyId"], "SecretAccessKey": server.card["aws"]["secretAccessKey"]}
    return boto3.client(
        service, endpoint_url=server.card["aws"]["endpoint"], region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys.get("SessionToken"),
        config=botocore.config.Config(retries={"total_max_attempts": 1}, **more))


def aws(server, *arguments):
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    if not os.path.exists(program):
        pytest.skip("awscli is not installed")
    environment = {
        "PATH": os.environ["PATH"], "HOME": server.directory, "AWS_ENDPOINT_URL": server.card["aws"]["endpoint"],
        "AWS_ACCESS_KEY_ID": server.card["aws"]["accessKeyId"], "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": server.card["aws"]["secretAccessKey"]}
    result = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout) if result.stdout.strip() else None


def metrics(server):
    return urllib.request.urlopen(server.http("/metrics")).read().decode()


def test_sts_names_the_caller_and_refuses_what_it_must(server):
    sts = client(server, "sts")
    identity = sts.get_caller_identity()
    assert identity["Account"] == "000000000000" and identity["Arn"] == "arn:aws:iam::000000000000:root"
    absent = "arn:aws:iam::000000000000:role/absent"
    assert refusal(sts.assume_role, RoleArn=absent, RoleSessionName="s1") == ("AccessDenied", 403)
    assert refusal(sts.get_session_token) == ("InvalidAction", 400)
    key = server.card["aws"]["accessKeyId"]
    for known, code in ((key, "SignatureDoesNotMatch"), ("AKIAUNKNOWN000000000", "InvalidClientTokenId")):
        stranger = client(server, "sts", {"AccessKeyId": known, "SecretAccessKey": "wrong"})
        assert refusal(stranger.get_caller_identity) == (code, 403)


def test_secrets(server):
    secrets = client(server, "secretsmanager")
    arn = secrets.create_secret(Name="mail/api", SecretString='{"user":"u"}', Tags=[{"Key": "a", "Value": "b"}])["ARN"]
    for name in ("mail/api", arn, arn[:-7]):
        assert json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]) == {"user": "u"}
    secrets.put_secret_value(SecretId="mail/api", SecretBinary=b"\x00\xff")
    assert secrets.get_secret_value(SecretId=arn)["SecretBinary"] == b"\x00\xff"
    assert secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == '{"user":"u"}'
    assert secrets.update_secret(SecretId="mail/api", Description="d")["Name"] == "mail/api"
    facts = secrets.describe_secret(SecretId="mail/api")
    assert facts["Description"] == "d" and facts["Tags"] == [{"Key": "a", "Value": "b"}]
    assert sorted(sum(facts["VersionIdsToStages"].values(), [])) == ["AWSCURRENT", "AWSPREVIOUS"]
    assert [s["Name"] for s in secrets.list_secrets()["SecretList"]] == ["mail/api"]
    assert refusal(secrets.create_secret, Name="mail/api") == ("ResourceExistsException", 400)
    assert refusal(secrets.get_secret_value, SecretId="absent") == ("ResourceNotFoundException", 400)
    assert len(secrets.get_random_password(PasswordLength=20)["RandomPassword"]) == 20
    deletion = secrets.delete_secret(SecretId="mail/api", RecoveryWindowInDays=7)["DeletionDate"]
    assert deletion.timestamp() > time.time() + 6 * 86400
    assert refusal(secrets.get_secret_value, SecretId="mail/api") == ("InvalidRequestException", 400)
    secrets.restore_secret(SecretId="mail/api")
    secrets.delete_secret(SecretId="mail/api", ForceDeleteWithoutRecovery=True)
    assert refusal(secrets.describe_secret, SecretId="mail/api") == ("ResourceNotFoundException", 400)


def test_parameters(server):
    ssm = client(server, "ssm")
    for name in ("/mail/a", "/mail/b", "/mail/deep/c"):
        assert ssm.put_parameter(Name=name, Value=name, Type="String")["Version"] == 1
    ssm.put_parameter(Name="/mail/key", Value="hush", Type="SecureString")
    assert ssm.get_parameter(Name="/mail/key", WithDecryption=True)["Parameter"]["Value"] == "hush"
    assert ssm.get_parameter(Name="/mail/key")["Parameter"]["Value"] != "hush"
    answer = ssm.get_parameters(Names=["/mail/a", "/none"])
    assert [p["Name"] for p in answer["Parameters"]] == ["/mail/a"] and answer["InvalidParameters"] == ["/none"]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/mail", Recursive=True, PaginationConfig={"PageSize": 2})
    assert [p["Name"] for page in pages for p in page["Parameters"]] == ["/mail/a", "/mail/b", "/mail/deep/c", "/mail/key"]
    assert refusal(ssm.put_parameter, Name="/mail/a", Value="x", Type="String") == ("ParameterAlreadyExists", 400)
    assert refusal(ssm.get_parameter, Name="/none") == ("ParameterNotFound", 400)
    ssm.delete_parameter(Name="/mail/a")
    assert refusal(ssm.delete_parameter, Name="/mail/a") == ("ParameterNotFound", 400)


def test_ses_sends_to_a_mailbox_here_and_queues_for_outside(server):
    ses = client(server, "ses")
    sender, alice = "Shop <shop@demo.mailroom.test>", server.alice["email"]
    message_id = ses.send_email(
        Source=sender, Destination={"ToAddresses": [alice], "BccAddresses": ["far@outside.example"]},
        Message={"Subject": {"Data": "by SES Grüße"}, "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<b>html</b>"}}})["MessageId"]
    stored = server.wait_for(1)
    assert b"multipart/alternative" in stored[0] and b"far@outside" not in stored[0]
    assert message_id
    # Routed in its own time, beside the delivery.
    waiting = until(lambda: [entry for entry in json.loads(server.run("queue", "list", "--json")) if entry["Queue"] != "inbound"])
    assert [(entry["Queue"], entry["To"]) for entry in waiting] == [("outbound", ["far@outside.example"])]
    raw = f"From: {sender}\nTo: {alice}\nSubject: raw by SES\n\nbody\n".encode()
    ses.send_raw_email(RawMessage={"Data": raw})
    client(server, "sesv2").send_email(
        FromEmailAddress=sender, Destination={"ToAddresses": [alice]},
        Content={"Simple": {"Subject": {"Data": "by SES version 2"}, "Body": {"Text": {"Data": "text"}}}})
    server.wait_for_subject("raw by SES")
    server.wait_for_subject("by SES version 2")
    assert ses.get_send_quota()["Max24HourSend"] == -1.0
    ses.verify_email_identity(EmailAddress="shop@demo.mailroom.test")


def test_ses_takes_a_large_message(server):
    """Larger than what is collected for other routes before a signature is checked."""
    body = (b"0123456789" * 7 + b"\r\n") * 100_000
    raw = f"From: shop@demo.mailroom.test\r\nTo: {server.bob['email']}\r\nSubject: large\r\n\r\n".encode() + body
    client(server, "ses").send_raw_email(RawMessage={"Data": raw})
    stored = server.wait_for_subject("large", user=server.bob)
    assert stored[0].endswith(body)


def test_ses_refuses(server):
    ses = client(server, "ses")
    body = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    to = {"ToAddresses": [server.alice["email"]]}
    assert refusal(ses.send_email, Source="a@outside.example", Destination=to, Message=body) == ("MessageRejected", 400)
    injected = {"Subject": {"Data": "s\r\nBcc: victim@outside.example"}, "Body": {"Text": {"Data": "t"}}}
    assert refusal(ses.send_email, Source="a@demo.mailroom.test", Destination=to, Message=injected)[1] == 400
    assert refusal(
        ses.send_bounce, OriginalMessageId="x", BounceSender="a@demo.mailroom.test",
        BouncedRecipientInfoList=[{"Recipient": "b@demo.mailroom.test"}]) == ("InvalidAction", 400)
    assert refusal(
        client(server, "sesv2").send_email, FromEmailAddress="a@demo.mailroom.test", Destination=to,
        Content={"Template": {"TemplateName": "t"}}) == ("BadRequestException", 400)


def test_metrics_are_counted_and_shown(server):
    cloudwatch = client(server, "cloudwatch")
    cloudwatch.put_metric_data(
        Namespace='Mail "storm"',
        MetricData=[{"MetricName": "Messages", "Value": 2, "Dimensions": [{"Name": "Sender", "Value": "a\nb"}]}])
    assert r'namespace="Mail \"storm\"",metric="Messages",dimensions="Sender=a\nb"} 2.0' in metrics(server)
    now = time.time()
    answer = cloudwatch.get_metric_statistics(
        Namespace='Mail "storm"', MetricName="Messages", Dimensions=[{"Name": "Sender", "Value": "a\nb"}],
        StartTime=now - 300, EndTime=now + 300, Period=60, Statistics=["Sum"])
    assert [p["Sum"] for p in answer["Datapoints"]] == [2.0]
    data = cloudwatch.get_metric_data(
        StartTime=now - 300, EndTime=now + 300,
        MetricDataQueries=[{"Id": "m", "MetricStat": {
            "Metric": {"Namespace": 'Mail "storm"', "MetricName": "Messages", "Dimensions": [{"Name": "Sender", "Value": "a\nb"}]},
            "Period": 60, "Stat": "Average"}}])
    assert data["MetricDataResults"][0]["Values"] == [2.0]
    assert cloudwatch.describe_alarms(AlarmNames=["x"])["MetricAlarms"] == []
    assert refusal(
        cloudwatch.put_metric_alarm, AlarmName="a", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1)[1] == 400


def test_metrics_in_cbor_as_the_sdks_of_go_and_java_send_them(server, monkeypatch):
    monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ("smithy-rpc-v2-cbor",))
    cloudwatch, sent = client(server, "cloudwatch"), []
    cloudwatch.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(dict(request.headers)))
    now = time.time()
    cloudwatch.put_metric_data(Namespace="Binary", MetricData=[
        {"MetricName": "Messages", "Value": 2.5, "Timestamp": now, "Dimensions": [{"Name": "Sender", "Value": "ü"}]},
        {"MetricName": "Sizes", "Values": [1, 2, 3], "Counts": [1, 1, 2], "Unit": "Bytes"}])
    assert str(sent[0]["Content-Type"]).find("cbor") > 0, sent
    answer = cloudwatch.get_metric_statistics(
        Namespace="Binary", MetricName="Sizes", StartTime=now - 300, EndTime=now + 300, Period=60, Statistics=["Sum", "SampleCount"])
    assert [(p["Sum"], p["SampleCount"], p["Unit"]) for p in answer["Datapoints"]] == [(9.0, 4.0, "Bytes")]
    assert abs(answer["Datapoints"][0]["Timestamp"].timestamp() - now) < 120
    data = cloudwatch.get_metric_data(StartTime=now - 300, EndTime=now + 300, MetricDataQueries=[{"Id": "m", "MetricStat": {
        "Metric": {"Namespace": "Binary", "MetricName": "Messages", "Dimensions": [{"Name": "Sender", "Value": "ü"}]},
        "Period": 60, "Stat": "Average"}}])["MetricDataResults"][0]
    assert data["Values"] == [2.5] and abs(data["Timestamps"][0].timestamp() - now) < 120
    assert {m["MetricName"] for m in cloudwatch.list_metrics(Namespace="Binary")["Metrics"]} == {"Messages", "Sizes"}
    # Refusals of the operation, of an operation that is not offered, and of the signature come in CBOR, too.
    assert refusal(cloudwatch.put_metric_data, Namespace="Binary", MetricData=[{"MetricName": "x", "Values": [1], "Counts": [1, 2]}])[1] == 400
    assert refusal(cloudwatch.list_dashboards)[1] == 400
    stranger = boto3.client(
        "cloudwatch", endpoint_url=server.card["aws"]["endpoint"], region_name="us-east-1", aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x")
    assert refusal(stranger.list_metrics) == ("UnrecognizedClientException", 403)


def test_metrics_that_the_sdk_compresses_are_counted_too(server):
    cloudwatch = client(server, "cloudwatch")
    sent = []
    cloudwatch.meta.events.register("before-send.cloudwatch.PutMetricData", lambda request, **_: sent.append(request.headers.get("Content-Encoding")))
    data = [{"MetricName": f"metric-of-a-long-name-{number}", "Value": number} for number in range(400)]
    cloudwatch.put_metric_data(Namespace="Large", MetricData=data)
    assert sent == [b"gzip"] or sent == ["gzip"], "boto3 compresses from 10 KiB"
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="Large")
    assert {m["MetricName"] for page in pages for m in page["Metrics"]} == {d["MetricName"] for d in data}


def test_logs(server):
    logs = client(server, "logs")
    logs.create_log_group(logGroupName="/own/group")
    logs.create_log_stream(logGroupName="/own/group", logStreamName="one")
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName="/own/group", logStreamName="one",
        logEvents=[{"timestamp": now + i, "message": f"line {i}\nnext \x1b[31m"} for i in range(5)])
    assert [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]] == ["/own/group"]
    assert [s["logStreamName"] for s in logs.describe_log_streams(logGroupName="/own/group")["logStreams"]] == ["one"]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/own/group", startTime=now, filterPattern="line", PaginationConfig={"PageSize": 2})
    assert [e["message"][:6] for page in pages for e in page["events"]] == [f"line {i}" for i in range(5)]
    tail = logs.get_log_events(logGroupName="/own/group", logStreamName="one", limit=2)
    assert [e["message"][:6] for e in tail["events"]] == ["line 3", "line 4"]
    logs.put_retention_policy(logGroupName="/own/group", retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix="/own")["logGroups"][0]["retentionInDays"] == 7
    assert refusal(logs.get_log_events, logGroupName="/none", logStreamName="s") == ("ResourceNotFoundException", 400)
    shown = server.run("logs", "/own/group")
    assert "line 0\n    next ?[31m" in shown and "\x1b" not in shown
    assert aws(server, "logs", "filter-log-events", "--log-group-name", "/own/group")["events"]
    logs.delete_log_group(logGroupName="/own/group")
    assert logs.describe_log_groups()["logGroups"] == []


def test_the_aws_program(server):
    assert aws(server, "sts", "get-caller-identity")["Account"] == "000000000000"
    aws(server, "secretsmanager", "create-secret", "--name", "by-cli", "--secret-string", "s")
    assert aws(server, "secretsmanager", "get-secret-value", "--secret-id", "by-cli")["SecretString"] == "s"
    aws(server, "ssm", "put-parameter", "--name", "/cli", "--type", "String", "--value", "v")
    assert aws(server, "ssm", "get-parameter", "--name", "/cli")["Parameter"]["Value"] == "v"


@pytest.mark.parametrize("service, operation, arguments, code", [
    ("dynamodb", "list_tables", {}, "UnknownOperationException"),
    ("stepfunctions", "list_state_machines", {}, "UnknownOperationException"),
    ("sqs", "list_queues", {}, "UnknownOperationException"),
    ("sns", "list_topics", {}, "InvalidAction"),
    ("comprehend", "detect_dominant_language", {"Text": "x"}, "UnknownOperationException"),
    ("translate", "translate_text", {"Text": "x", "SourceLanguageCode": "de", "TargetLanguageCode": "en"}, "UnknownOperationException"),
    ("scheduler", "list_schedules", {}, "UnknownOperationException"),
])
def test_what_is_not_offered_says_so_in_its_own_shape_and_in_the_log(server, service, operation, arguments, code):
    assert refusal(getattr(client(server, service), operation), **arguments)[0] == code
    assert until(lambda: [line for line in open(server.log_path, errors="replace")
                          if "http.not-offered" in line and "caller=root" in line])
