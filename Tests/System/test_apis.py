"""boto3, unmodified, against the endpoint; AutoDiscover as clients ask."""
import json
import subprocess
import urllib.error
import urllib.request

import botocore.exceptions
import pytest
from mailroom import PATIENCE, message

MOBILE = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync"


def test_get_raw_message_content_gives_the_stored_octets(server):
    queue_id = server.send(message(subject="through the API"))
    body = server.boto3("workmailmessageflow").get_raw_message_content(messageId=queue_id)["messageContent"].read()
    stored = server.wait_for_subject("through the API")
    assert body == stored[0]


@pytest.mark.parametrize("message_id", ["00000000-0000-0000-0000-000000000000", "abc"])
def test_get_of_an_unknown_message_is_not_found(server, message_id):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.boto3("workmailmessageflow").get_raw_message_content(messageId=message_id)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_put_without_a_readable_object_is_invalid_content_location(server):
    queue_id = server.send(message(subject="to be put"))
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.boto3("workmailmessageflow").put_raw_message_content(
            messageId=queue_id, content={"s3Reference": {"bucket": "absent", "key": "one"}})
    assert caught.value.response["Error"]["Code"] == "InvalidContentLocation"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_put_reads_what_the_buckets_policy_opens_to_workmail(server):
    queue_id = server.send(message(subject="to be replaced"))
    flow, s3 = server.boto3("workmailmessageflow"), server.boto3("s3")
    content = flow.get_raw_message_content(messageId=queue_id)["messageContent"].read()
    changed = content.replace(b"Subject: to be replaced", b"Subject: replaced")
    assert changed != content
    s3.create_bucket(Bucket="updated-messages")
    s3.put_object(Bucket="updated-messages", Key="new", Body=changed)
    reference = {"s3Reference": {"bucket": "updated-messages", "key": "new"}}
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        flow.put_raw_message_content(messageId=queue_id, content=reference)
    assert caught.value.response["Error"]["Code"] == "InvalidContentLocation"
    account, region = server.card["account"], server.card["region"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": f"workmail.{region}.amazonaws.com"},
        "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::updated-messages/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceAccount": account},
                      "ArnLike": {"aws:SourceArn": f"arn:aws:workmailmessageflow:{region}:{account}:message/*"}}}
    s3.put_bucket_policy(
        Bucket="updated-messages", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    flow.put_raw_message_content(messageId=queue_id, content=reference)
    assert flow.get_raw_message_content(messageId=queue_id)["messageContent"].read() == changed
    missing = {"s3Reference": {"bucket": "updated-messages", "key": "none"}}
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        flow.put_raw_message_content(messageId=queue_id, content=missing)
    assert caught.value.response["Error"]["Code"] == "InvalidContentLocation"


def test_a_wrong_secret_is_refused(server):
    import boto3
    client = boto3.client(
        "workmailmessageflow", endpoint_url=server.card["aws"]["endpoint"], aws_access_key_id=server.card["aws"]["accessKeyId"],
        aws_secret_access_key="wrong", region_name="us-east-1")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.get_raw_message_content(messageId="abc")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_the_directory_through_workmail(server):
    client = server.boto3("workmail")
    organizations = client.list_organizations()["OrganizationSummaries"]
    assert [o["Alias"] for o in organizations] == ["demo"]
    organization = organizations[0]["OrganizationId"]
    user = client.create_user(OrganizationId=organization, Name="dora", DisplayName="Dora", Password="Secret-Pass-1")["UserId"]
    assert client.describe_user(OrganizationId=organization, UserId=user)["State"] == "DISABLED"
    client.register_to_work_mail(OrganizationId=organization, EntityId=user, Email="dora@demo.mailroom.test")
    client.create_alias(OrganizationId=organization, EntityId=user, Alias="dee@demo.mailroom.test")
    assert set(client.list_aliases(OrganizationId=organization, EntityId=user)["Aliases"]) == {
        "dora@demo.mailroom.test", "dee@demo.mailroom.test"}
    server.send(message(subject="to the alias"), to="dee@demo.mailroom.test")
    stored = server.wait_for(1, user={"email": "dora@demo.mailroom.test", "password": "Secret-Pass-1"})
    assert b"to the alias" in stored[0]
    with pytest.raises(client.exceptions.EntityStateException):
        client.delete_user(OrganizationId=organization, UserId=user)
    client.deregister_from_work_mail(OrganizationId=organization, EntityId=user)
    with server.smtp() as smtp:
        smtp.ehlo()
        smtp.mail("x@outside.example")
        assert smtp.rcpt("dora@demo.mailroom.test")[0] == 550
    names = [u["Name"] for page in client.get_paginator("list_users").paginate(OrganizationId=organization, PaginationConfig={"PageSize": 1})
             for u in page["Users"]]
    assert sorted(names) == sorted(set(names)) and {"alice", "bob", "dora"} <= set(names)
    with pytest.raises(client.exceptions.OrganizationNotFoundException):
        client.list_users(OrganizationId="m-" + "0" * 32)


def post(server, body, headers=None, method="POST"):
    request = urllib.request.Request(
        server.http("/autodiscover/autodiscover.xml"), data=body.encode() if body is not None else None,
        headers=headers or {}, method=method)
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None
    try:
        with urllib.request.build_opener(Stay).open(request) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def request_body(email, element="EMailAddress"):
    return (f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{MOBILE}/requestschema/2006"><Request>'
            f'<{element}>{email}</{element}><AcceptableResponseSchema> {MOBILE}/responseschema/2006 </AcceptableResponseSchema>'
            f'</Request></Autodiscover>')


def test_autodiscover_without_credentials_is_401(server):
    status, headers, _ = post(server, request_body(server.alice["email"]))
    assert status == 401 and headers["WWW-Authenticate"].startswith("Basic")


def test_autodiscover_get_redirects_to_https(server):
    status, headers, _ = post(server, None, method="GET")
    assert status == 302 and headers["Location"].startswith("https://")


@pytest.mark.parametrize("element", ["EMailAddress", "EmailAddress"])
def test_autodiscover_mobilesync(server, element):
    status, _, body = post(server, request_body(server.alice["email"], element), {"Authorization": server.basic()})
    assert status == 200 and "<Culture>en:us</Culture>" in body and "Microsoft-Server-ActiveSync" in body


def test_autodiscover_refuses_a_doctype(server):
    bomb = '<!DOCTYPE a [<!ENTITY b "bb">]>' + request_body(server.alice["email"])
    status, _, body = post(server, bomb, {"Authorization": server.basic()})
    assert "ErrorCode" in body and "ActiveSync" not in body


def test_thunderbird_autoconfig(server):
    url = server.http(f"/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={server.alice['email']}")
    with urllib.request.urlopen(url) as answer:
        body = answer.read().decode()
    assert '<incomingServer type="imap">' in body and str(server.place("imaps")[1]) in body


def test_health_and_metrics(server):
    for path in ("/healthz", "/readyz", "/metrics"):
        with urllib.request.urlopen(server.http(path)) as answer:
            assert answer.status == 200
            text = answer.read().decode()
    assert 'mailroom_function_invocations_total{function="MXReceive"}' in text


def test_a_signed_request_reads_the_metrics(server):
    keys = server.card["aws"]
    done = subprocess.run(
        ["curl", "-s", "-w", " %{http_code}", "--aws-sigv4", "aws:amz:us-east-1:mailroom",
         "--user", f"{keys['accessKeyId']}:{keys['secretAccessKey']}", server.http("/metrics")], capture_output=True, timeout=PATIENCE)
    assert done.stdout.endswith(b"# EOF\n 200"), done.stdout[-300:]


def test_the_aws_keys_of_env_work(server):
    lines = server.run("env")
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in lines and "AWS_SECRET_ACCESS_KEY" in lines
