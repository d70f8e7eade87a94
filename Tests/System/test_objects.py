"""The object store, asked by boto3, awscli and curl, unmodified."""
import base64
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest.mock

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import pytest

ODD_KEYS = ["a/../b", "a//b", "a b", "a+b", "é/日本", "😀", "a%2Fb", "trailing/", "./x", "q?x=1&y", "tab\there", "ctl\x01", "<&>'\""]


@pytest.fixture(scope="module")
def s3(server):
    return server.boto3("s3")


@pytest.fixture
def bucket(s3, request):
    name = "box-" + hashlib.md5(request.node.name.encode()).hexdigest()[:12]
    s3.create_bucket(Bucket=name)
    return name


def refused(call, **arguments):
    """The code of the error that a call is answered with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def aws_environment(server):
    aws = server.card["aws"]
    return {**os.environ, "AWS_ENDPOINT_URL": aws["endpoint"], "AWS_ACCESS_KEY_ID": aws["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": aws["secretAccessKey"], "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true"}


def aws(server, *arguments, **options):
    """awscli's answer on stdout."""
    done = subprocess.run([str(pathlib.Path(sys.executable).parent / "aws"), *arguments], env=aws_environment(server),
                          capture_output=True, timeout=300, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def curl(*arguments):
    """Status and body."""
    done = subprocess.run(["curl", "-sS", "-m", "120", "-w", "\n%{http_code}", *arguments], capture_output=True, timeout=150)
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def test_buckets(s3):
    s3.create_bucket(Bucket="first-bucket")
    s3.create_bucket(Bucket="first-bucket")
    s3.head_bucket(Bucket="first-bucket")
    assert "first-bucket" in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket="first-bucket")["LocationConstraint"] is None
    s3.put_object(Bucket="first-bucket", Key="k", Body=b"x")
    assert refused(s3.delete_bucket, Bucket="first-bucket") == "BucketNotEmpty"
    s3.delete_object(Bucket="first-bucket", Key="k")
    s3.delete_bucket(Bucket="first-bucket")
    assert refused(s3.head_bucket, Bucket="first-bucket") == "404"
    assert refused(s3.list_objects_v2, Bucket="first-bucket") == "NoSuchBucket"
    assert refused(s3.create_bucket, Bucket="x..y") == "InvalidBucketName"


def test_an_object_with_default_checksums(s3, bucket):
    stored = s3.put_object(Bucket=bucket, Key="a", Body=b"hello", Metadata={"who": "ann"}, ContentType="text/plain")
    assert stored["ETag"] == '"5d41402abc4b2a76b9719d911017c592"' and stored["ChecksumCRC32"] == "NhCmhg=="
    read = s3.get_object(Bucket=bucket, Key="a")
    assert read["Body"].read() == b"hello" and read["Metadata"] == {"who": "ann"} and read["ContentType"] == "text/plain"
    assert read["ChecksumCRC32"] == "NhCmhg==" and "ContentEncoding" not in read
    head = s3.head_object(Bucket=bucket, Key="a")
    assert head["ContentLength"] == 5 and head["ETag"] == stored["ETag"]
    assert refused(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert refused(s3.head_object, Bucket=bucket, Key="none") == "404"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_that_are_asked_for(s3, bucket, algorithm):
    stored = s3.put_object(Bucket=bucket, Key="a", Body=b"hello" * 100_000, ChecksumAlgorithm=algorithm)
    read = s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert read["Checksum" + algorithm] == stored["Checksum" + algorithm]
    assert read["Body"].read() == b"hello" * 100_000


def test_uploads_over_tls_come_in_chunks_with_a_trailer(server, bucket):
    aws_card = server.card["aws"]
    endpoint = server.card["endpoints"]["https"]
    client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=aws_card["accessKeyId"],
                          aws_secret_access_key=aws_card["secretAccessKey"], region_name="us-east-1", verify=False)
    client.put_object(Bucket=bucket, Key="tls", Body=b"hello" * 50_000)
    read = client.get_object(Bucket=bucket, Key="tls")
    assert read["Body"].read() == b"hello" * 50_000 and "ContentEncoding" not in read and read["ChecksumCRC32"]


def test_wrong_digests(s3, bucket):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert refused(s3.put_object, Bucket=bucket, Key="a", Body=b"hello", ContentMD5=wrong) == "BadDigest"
    assert refused(s3.put_object, Bucket=bucket, Key="a", Body=b"hello", ChecksumCRC32="AAAAAA==") == "BadDigest"
    assert refused(s3.put_object, Bucket=bucket, Key="a", Body=b"hello", ChecksumCRC32="x") == "InvalidRequest"
    assert refused(s3.head_object, Bucket=bucket, Key="a") == "404"


def test_the_body_is_asked_for_at_once(server, bucket):
    """`100 Continue` comes without the body having been sent; nothing else would ever arrive."""
    aws_card = server.card["aws"]
    host, port = server.place("http")
    request = botocore.awsrequest.AWSRequest(
        "PUT", f"http://{host}:{port}/{bucket}/expected", data=b"hello",
        headers={"x-amz-content-sha256": hashlib.sha256(b"hello").hexdigest(), "Expect": "100-continue"})
    credentials = botocore.credentials.Credentials(aws_card["accessKeyId"], aws_card["secretAccessKey"])
    botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(host, port, timeout=120)
    connection.putrequest("PUT", f"/{bucket}/expected", skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "5")
    connection.endheaders()
    connection.sock.settimeout(120)
    first = connection.sock.recv(25)
    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(b"hello")
    assert connection.getresponse().status == 200
    connection.close()


def resident_megabytes(server):
    """What the server holds itself, without the pages of its program, which come and go as the machine likes."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1]) / 1024


def test_a_hundred_megabytes_in_parts_take_little_memory(server, s3, bucket, tmp_path):
    block = hashlib.sha256(b"seed").digest() * 32768  # 1 MiB
    source, target = tmp_path / "source", tmp_path / "target"
    with open(source, "wb") as file:
        for number in range(100):
            file.write(number.to_bytes(4, "big") + block[4:])
    s3.put_object(Bucket=bucket, Key="warm", Body=block)
    before, most, done = resident_megabytes(server), 0.0, threading.Event()

    def watch():
        nonlocal most
        while not done.wait(0.02):
            most = max(most, resident_megabytes(server))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        s3.upload_file(str(source), bucket, "large")
        s3.download_file(bucket, "large", str(target))
    finally:
        done.set()
        watcher.join()
    assert subprocess.run(["cmp", source, target]).returncode == 0
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-13"')
    print(f"resident: {before:.0f} MB before, {most:.0f} MB at most")
    # Ten parts of 8 MiB are under way at once, and none of them is held whole.
    assert most - before < 40, f"{before:.0f} MB before, {most:.0f} MB at most"


def test_a_large_object_in_one_piece(s3, bucket):
    body = os.urandom(1 << 20) * 20
    s3.put_object(Bucket=bucket, Key="large", Body=body)
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == body
    part = s3.get_object(Bucket=bucket, Key="large", Range="bytes=1048570-3145735")
    assert part["Body"].read() == body[1048570:3145736] and part["ContentRange"] == "bytes 1048570-3145735/20971520"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "large"})
    s3.delete_object(Bucket=bucket, Key="large")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body


def test_an_upload_in_parts_by_hand(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    parts = []
    for number, body in ((1, b"a" * (5 << 20)), (2, b"b")):
        etag = s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    assert [p["Size"] for p in s3.list_parts(Bucket=bucket, Key="m", UploadId=upload)["Parts"]] == [5 << 20, 1]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["m"]
    reverse = {"Parts": parts[::-1]}
    assert refused(s3.complete_multipart_upload, Bucket=bucket, Key="m", UploadId=upload, MultipartUpload=reverse) == "InvalidPartOrder"
    done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": parts})
    assert done["ETag"].endswith('-2"')
    assert s3.get_object(Bucket=bucket, Key="m", Range="bytes=5242879-")["Body"].read() == b"ab"
    other = s3.create_multipart_upload(Bucket=bucket, Key="n")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="n", UploadId=other)
    assert refused(s3.list_parts, Bucket=bucket, Key="n", UploadId=other) == "NoSuchUpload"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_addresses(server, s3, bucket, version):
    aws_card = server.card["aws"]
    client = boto3.client("s3", endpoint_url=aws_card["endpoint"], aws_access_key_id=aws_card["accessKeyId"],
                          aws_secret_access_key=aws_card["secretAccessKey"], region_name="us-east-1",
                          config=botocore.config.Config(signature_version=version))
    key = "pre signed/é+1.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    address = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=600)
    assert ("X-Amz-Signature" in address) == (version == "s3v4")
    assert curl(address) == (200, b"hello")
    assert curl("-r", "1-3", address) == (206, b"ell")
    status, body = curl(address.replace("ignature=", "ignature=0"))
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body
    put = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "put"}, ExpiresIn=600)
    assert curl("-X", "PUT", "-H", "Content-Type:", "--data-binary", "sent", put)[0] == 200
    assert s3.get_object(Bucket=bucket, Key="put")["Body"].read() == b"sent"
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda: datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)):
        expired = client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=60 if version == "s3v4" else -10)
    status, body = curl(expired)
    assert status == 403 and b"<Code>AccessDenied</Code>" in body and b"expired" in body


def test_curl_signs_by_itself(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="by curl", Body=b"hello")
    keys = server.card["aws"]
    signs = ["--user", f"{keys['accessKeyId']}:{keys['secretAccessKey']}", "--aws-sigv4", "aws:amz:us-east-1:s3"]
    assert curl(*signs, f"{keys['endpoint']}/{bucket}/by%20curl") == (200, b"hello")
    assert curl(*signs, "-X", "PUT", "--data-binary", "sent", f"{keys['endpoint']}/{bucket}/sent")[0] == 200
    assert s3.get_object(Bucket=bucket, Key="sent")["Body"].read() == b"sent"
    status, body = curl(*signs[:1], f"{keys['accessKeyId']}:wrong", *signs[2:], f"{keys['endpoint']}/{bucket}/by%20curl")
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body


def test_who_signs_nothing_is_denied(server, bucket):
    host, port = server.place("http")
    status, body = curl(f"http://{host}:{port}/{bucket}/a")
    assert status == 403 and b"<Code>AccessDenied</Code>" in body
    assert curl(f"http://{host}:{port}/jmap")[0] == 404
    aws_card = server.card["aws"]
    stranger = boto3.client("s3", endpoint_url=aws_card["endpoint"], aws_access_key_id=aws_card["accessKeyId"],
                            aws_secret_access_key="wrong", region_name="us-east-1")
    assert refused(stranger.list_buckets) == "SignatureDoesNotMatch"


def test_keys_of_every_kind_are_listed_in_pages(s3, bucket):
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    expected = sorted(ODD_KEYS, key=lambda key: key.encode())
    for size in (1, 2, 5, 1000):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [o["Key"] for page in pages for o in page.get("Contents", [])] == expected
        pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [o["Key"] for page in pages for o in page.get("Contents", [])] == expected
    rolled = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in rolled["CommonPrefixes"]] == ["./", "a/", "trailing/", "é/"]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="a/")["Contents"]] == ["a/../b", "a//b"]
    assert s3.list_objects_v2(Bucket=bucket, StartAfter="q")["Contents"][0]["Key"] == "q?x=1&y"
    # XML cannot spell a control character, so it is sent as a reference or not at all: one at a time is enough here.
    spelled = [{"Key": key} for key in ODD_KEYS if "\x01" not in key]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": spelled})
    assert {d["Key"] for d in deleted["Deleted"]} == {o["Key"] for o in spelled} and not deleted.get("Errors")
    s3.delete_object(Bucket=bucket, Key="ctl\x01")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_conditional_requests(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"one", IfNoneMatch="*")["ETag"]
    assert refused(s3.put_object, Bucket=bucket, Key="a", Body=b"two", IfNoneMatch="*") == "PreconditionFailed"
    assert refused(s3.get_object, Bucket=bucket, Key="a", IfMatch='"x"') == "PreconditionFailed"
    assert refused(s3.get_object, Bucket=bucket, Key="a", IfNoneMatch=etag) == "304"
    assert s3.get_object(Bucket=bucket, Key="a", IfMatch=etag)["Body"].read() == b"one"
    assert refused(s3.get_object, Bucket=bucket, Key="a", Range="bytes=9-") == "InvalidRange"


def test_versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    ids = [s3.put_object(Bucket=bucket, Key="a", Body=body)["VersionId"] for body in (b"one", b"two")]
    assert s3.get_object(Bucket=bucket, Key="a", VersionId=ids[0])["Body"].read() == b"one"
    marker = s3.delete_object(Bucket=bucket, Key="a")
    assert marker["DeleteMarker"] is True
    assert refused(s3.get_object, Bucket=bucket, Key="a") == "NoSuchKey"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == ids[::-1]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == [marker["VersionId"]]
    s3.delete_object(Bucket=bucket, Key="a", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"two"
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    assert [v["VersionId"] for page in pages for v in page.get("Versions", [])] == ids[::-1]
    assert refused(s3.get_object, Bucket=bucket, Key="a", VersionId="none") == "NoSuchVersion"


def test_settings_of_a_bucket_come_back(s3, bucket):
    assert refused(s3.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert refused(s3.put_bucket_policy, Bucket=bucket, Policy="{}") == "MalformedPolicy"
    s3.delete_bucket_policy(Bucket=bucket)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [rule]
    notification = {"Id": "n", "LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
                    "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".eml"}]}}}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [notification]})
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"] == [notification]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "k", "Value": "v & w"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "k", "Value": "v & w"}]
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert refused(s3.get_bucket_cors, Bucket=bucket) == "NoSuchCORSConfiguration"


def test_objects_survive_a_kill(server, s3, bucket):
    import mailroom
    with mailroom.Server() as own:
        client = own.boto3("s3")
        client.create_bucket(Bucket="kept")
        bodies = {f"k{number}": os.urandom(number * 40_000 + 1) for number in range(8)}
        for key, body in bodies.items():
            client.put_object(Bucket="kept", Key=key, Body=body)
        own.kill()
        own.start()
        client = own.boto3("s3")
        for key, body in bodies.items():
            assert client.get_object(Bucket="kept", Key=key)["Body"].read() == body


def test_virtual_hosts(server, s3, bucket):
    host, port = server.place("http")
    aws_card = server.card["aws"]
    s3.put_object(Bucket=bucket, Key="a b", Body=b"hello")
    client = boto3.client("s3", endpoint_url=f"http://localhost:{port}", aws_access_key_id=aws_card["accessKeyId"],
                          aws_secret_access_key=aws_card["secretAccessKey"], region_name="us-east-1",
                          config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    address = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=600)
    assert address.startswith(f"http://{bucket}.localhost:{port}/")
    assert curl("--resolve", f"{bucket}.localhost:{port}:{host}", address) == (200, b"hello")


def test_awscli_copies_and_syncs(server, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    (source / "one.txt").write_bytes(b"one")
    (source / "deep" / "two ü.bin").write_bytes(os.urandom(9 << 20))
    aws(server, "s3", "cp", "--recursive", str(source), f"s3://{bucket}/in/")
    listed = aws(server, "s3", "ls", "--recursive", f"s3://{bucket}").decode()
    assert "in/one.txt" in listed and "in/deep/two ü.bin" in listed
    aws(server, "s3", "sync", f"s3://{bucket}/in/", str(target))
    assert (target / "deep" / "two ü.bin").read_bytes() == (source / "deep" / "two ü.bin").read_bytes()
    assert aws(server, "s3", "cp", f"s3://{bucket}/in/one.txt", "-") == b"one"
    aws(server, "s3", "cp", "-", f"s3://{bucket}/streamed", input=b"from a pipe")
    head = json.loads(aws(server, "s3api", "head-object", "--bucket", bucket, "--key", "streamed"))
    assert head["ContentLength"] == 11
    aws(server, "s3", "rm", "--recursive", f"s3://{bucket}")
    aws(server, "s3", "rb", f"s3://{bucket}")
