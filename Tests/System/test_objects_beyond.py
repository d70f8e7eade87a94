"""The object store's finer points, as botocore's model and S3's documents have them; boto3, awscli and curl, unmodified."""
import json
import subprocess
import urllib.request

import boto3
import botocore.config
import pytest
from mailroom import until
from test_objects import aws, curl, refused


@pytest.fixture(scope="module")
def s3(server):
    client = server.boto3("s3")
    for name in ("beyond", "beyond-copy", "other-bucket"):
        client.create_bucket(Bucket=name)
    return client


def status(call, **arguments):
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except Exception as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_waiters_end(s3):
    s3.put_object(Bucket="beyond", Key="there", Body=b"x")
    for waiter, arguments in (
            ("bucket_exists", {"Bucket": "beyond"}), ("bucket_not_exists", {"Bucket": "beyond-not"}),
            ("object_exists", {"Bucket": "beyond", "Key": "there"}), ("object_not_exists", {"Bucket": "beyond", "Key": "not"})):
        s3.get_waiter(waiter).wait(**arguments)
    assert set(s3.waiter_names) == {"bucket_exists", "bucket_not_exists", "object_exists", "object_not_exists"}


def test_every_list_is_paged(s3):
    for number in range(3):
        s3.put_object(Bucket="other-bucket", Key=f"k{number}", Body=b"x")
        s3.create_multipart_upload(Bucket="other-bucket", Key=f"u{number}")
    upload = s3.create_multipart_upload(Bucket="other-bucket", Key="parts")["UploadId"]
    for number in (1, 2, 3):
        s3.upload_part(Bucket="other-bucket", Key="parts", UploadId=upload, PartNumber=number, Body=b"x")
    of_bucket = {"Bucket": "other-bucket"}
    for operation, arguments, key, name, expected in (
            ("list_buckets", {"Prefix": "beyond"}, "Buckets", "Name", ["beyond", "beyond-copy"]),
            ("list_objects", of_bucket, "Contents", "Key", ["k0", "k1", "k2"]),
            ("list_objects_v2", of_bucket, "Contents", "Key", ["k0", "k1", "k2"]),
            ("list_object_versions", of_bucket, "Versions", "Key", ["k0", "k1", "k2"]),
            ("list_multipart_uploads", of_bucket, "Uploads", "Key", ["parts", "u0", "u1", "u2"]),
            ("list_parts", {**of_bucket, "Key": "parts", "UploadId": upload}, "Parts", "PartNumber", [1, 2, 3])):
        pages = list(s3.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 1}))
        assert [one[name] for page in pages for one in page.get(key, [])] == expected, operation
        assert all(len(page.get(key, [])) <= 1 for page in pages), operation


def test_what_is_not_there_has_its_own_name_and_status(s3):
    there = {"Bucket": "beyond", "Key": "there"}
    absent = {"Bucket": "beyond-not", "Key": "k"}
    s3.put_object(**there, Body=b"x")
    for call, arguments, code, number in (
            (s3.get_object, absent, "NoSuchBucket", 404), (s3.put_object, absent, "NoSuchBucket", 404),
            (s3.delete_object, absent, "NoSuchBucket", 404), (s3.head_bucket, {"Bucket": "beyond-not"}, "404", 404),
            (s3.get_object, {"Bucket": "beyond", "Key": "not"}, "NoSuchKey", 404),
            (s3.get_object_tagging, {"Bucket": "beyond", "Key": "not"}, "NoSuchKey", 404),
            (s3.copy_object, {**there, "CopySource": "beyond/not"}, "NoSuchKey", 404),
            (s3.copy_object, {**there, "CopySource": "beyond-not/k"}, "NoSuchBucket", 404),
            (s3.copy_object, {**there, "CopySource": "beyond/there"}, "InvalidRequest", 400),
            (s3.copy_object, {**there, "CopySource": "beyond/there", "CopySourceIfMatch": '"no"'}, "PreconditionFailed", 412),
            (s3.put_object, {"Bucket": "beyond", "Key": "x" * 1025}, "KeyTooLongError", 400),
            (s3.put_object, {**there, "Metadata": {"a": "x" * 2100}}, "MetadataTooLarge", 400),
            (s3.get_object, {**there, "Range": "bytes=5-"}, "InvalidRange", 416),
            (s3.upload_part, {**there, "UploadId": "no", "PartNumber": 1, "Body": b""}, "NoSuchUpload", 404),
            (s3.abort_multipart_upload, {**there, "UploadId": "no"}, "NoSuchUpload", 404),
            (s3.get_bucket_website, {"Bucket": "beyond"}, "NoSuchWebsiteConfiguration", 404),
            (s3.get_bucket_replication, {"Bucket": "beyond"}, "ReplicationConfigurationNotFoundError", 404),
            (s3.get_bucket_tagging, {"Bucket": "beyond"}, "NoSuchTagSet", 404),
            (s3.get_bucket_lifecycle_configuration, {"Bucket": "beyond"}, "NoSuchLifecycleConfiguration", 404),
            (s3.get_object_lock_configuration, {"Bucket": "beyond"}, "ObjectLockConfigurationNotFoundError", 404),
            (s3.create_session, {"Bucket": "beyond"}, "NotImplemented", 501)):
        assert (refused(call, **arguments), status(call, **arguments)) == (code, number), arguments


def test_a_deletion_with_a_condition_deletes_nothing_else(s3):
    etag = s3.put_object(Bucket="beyond", Key="kept", Body=b"one")["ETag"]
    assert refused(s3.delete_object, Bucket="beyond", Key="kept", IfMatch='"other"') == "PreconditionFailed"
    s3.put_object(Bucket="beyond", Key="gone", Body=b"two")
    answer = s3.delete_objects(Bucket="beyond", Delete={"Quiet": True, "Objects": [
        {"Key": "kept", "ETag": '"other"'}, {"Key": "gone"}, {"Key": "never there", "ETag": "*"}]})
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("kept", "PreconditionFailed"), ("never there", "PreconditionFailed")]
    assert refused(s3.head_object, Bucket="beyond", Key="gone") == "404"
    s3.delete_object(Bucket="beyond", Key="kept", IfMatch=etag)
    assert refused(s3.head_object, Bucket="beyond", Key="kept") == "404"


def test_attributes(s3):
    s3.put_object(Bucket="beyond", Key="known", Body=b"hello", ChecksumAlgorithm="SHA256")
    asked = ["ETag", "Checksum", "StorageClass", "ObjectSize", "ObjectParts"]
    shown = s3.get_object_attributes(Bucket="beyond", Key="known", ObjectAttributes=asked)
    assert (shown["ETag"], shown["ObjectSize"], shown["StorageClass"]) == ("5d41402abc4b2a76b9719d911017c592", 5, "STANDARD")
    assert shown["Checksum"]["ChecksumSHA256"] and "ObjectParts" not in shown and shown["LastModified"]
    upload = s3.create_multipart_upload(Bucket="beyond", Key="parted")["UploadId"]
    etag = s3.upload_part(Bucket="beyond", Key="parted", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(
        Bucket="beyond", Key="parted", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    shown = s3.get_object_attributes(Bucket="beyond", Key="parted", ObjectAttributes=["ObjectParts"])
    assert shown["ObjectParts"] == {"TotalPartsCount": 1} and "ETag" not in shown
    assert refused(s3.get_object_attributes, Bucket="beyond", Key="not", ObjectAttributes=asked) == "NoSuchKey"


def test_copies_between_buckets_keep_or_replace_what_belongs_to_them(s3):
    s3.put_bucket_versioning(Bucket="beyond-copy", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="beyond-copy", Key="v", Body=b"one", Metadata={"n": "1"}, ContentType="text/plain", Tagging="a=1")
    s3.put_object(Bucket="beyond-copy", Key="v", Body=b"two")
    source = {"Bucket": "beyond-copy", "Key": "v", "VersionId": first["VersionId"]}
    assert s3.copy_object(Bucket="beyond", Key="copy", CopySource=source)["CopySourceVersionId"] == first["VersionId"]
    read = s3.get_object(Bucket="beyond", Key="copy")
    assert (read["Body"].read(), read["Metadata"], read["ContentType"], read["TagCount"]) == (b"one", {"n": "1"}, "text/plain", 1)
    s3.copy_object(Bucket="beyond", Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"m": "2"},
                   TaggingDirective="REPLACE", Tagging="b=2")
    read = s3.get_object(Bucket="beyond", Key="copy")
    assert read["Metadata"] == {"m": "2"} and read["ContentType"] == "binary/octet-stream"
    assert s3.get_object_tagging(Bucket="beyond", Key="copy")["TagSet"] == [{"Key": "b", "Value": "2"}]
    upload = s3.create_multipart_upload(Bucket="beyond", Key="assembled")["UploadId"]
    part = s3.upload_part_copy(Bucket="beyond", Key="assembled", UploadId=upload, PartNumber=1, CopySource=source, CopySourceRange="bytes=1-2")
    s3.complete_multipart_upload(Bucket="beyond", Key="assembled", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket="beyond", Key="assembled")["Body"].read() == b"ne"


def test_delete_markers_say_what_they_are(s3):
    s3.put_object(Bucket="beyond-copy", Key="marked", Body=b"x")
    marker = s3.delete_object(Bucket="beyond-copy", Key="marked")["VersionId"]
    for version, code, number in (({}, "NoSuchKey", 404), ({"VersionId": marker}, "MethodNotAllowed", 405)):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            s3.get_object(Bucket="beyond-copy", Key="marked", **version)
        answer = caught.value.response
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, number)
        assert headers["x-amz-delete-marker"] == "true" and headers["x-amz-version-id"] == marker


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_addresses_of_every_kind(server, s3, version):
    keys = server.card["aws"]
    client = boto3.client("s3", endpoint_url=keys["endpoint"], aws_access_key_id=keys["accessKeyId"],
                          aws_secret_access_key=keys["secretAccessKey"], region_name="us-east-1",
                          config=botocore.config.Config(signature_version=version))
    s3.put_object(Bucket="beyond", Key="k", Body=b"hello")

    def presigned(operation, **parameters):
        return client.generate_presigned_url(operation, Params={"Bucket": "beyond", **parameters})

    put = presigned("put_object", Key="described", ContentType="text/plain", Metadata={"who": "ann"})
    assert curl("-X", "PUT", "-H", "Content-Type: text/html", "-H", "x-amz-meta-who: ann", "--data-binary", "x", put)[0] == 403
    assert curl("-X", "PUT", "-H", "Content-Type: text/plain", "-H", "x-amz-meta-who: ann", "--data-binary", "x", put)[0] == 200
    read = s3.get_object(Bucket="beyond", Key="described")
    assert read["ContentType"] == "text/plain" and read["Metadata"] == {"who": "ann"}
    shown = urllib.request.urlopen(presigned("get_object", Key="k", ResponseContentType="text/x", ResponseContentDisposition="inline"))
    assert shown.headers["Content-Type"] == "text/x" and shown.headers["Content-Disposition"] == "inline" and shown.read() == b"hello"
    for operation, least in (("list_objects_v2", b"<KeyCount>"), ("list_objects", b"<Marker>"), ("list_object_versions", b"<Version>"),
                             ("get_bucket_versioning", b"VersioningConfiguration"), ("get_bucket_location", b"LocationConstraint")):
        code, body = curl(presigned(operation))
        assert code == 200 and least in body, (operation, body)
    assert curl("-I", presigned("head_bucket"))[0] == 200
    upload = s3.create_multipart_upload(Bucket="beyond", Key="by-address")["UploadId"]
    assert curl("-X", "PUT", "-H", "Content-Type:", "--data-binary", "x",
                presigned("upload_part", Key="by-address", UploadId=upload, PartNumber=1))[0] == 200
    assert [p["Size"] for p in s3.list_parts(Bucket="beyond", Key="by-address", UploadId=upload)["Parts"]] == [1]
    assert curl("-X", "DELETE", presigned("delete_object", Key="described"))[0] == 204


def test_conditions_and_ranges_as_curl_sends_them(s3):
    etag = s3.put_object(Bucket="beyond", Key="state", Body=b"hello world")["ETag"]
    modified = s3.head_object(Bucket="beyond", Key="state")["LastModified"].strftime("%a, %d %b %Y %H:%M:%S GMT")
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "beyond", "Key": "state"})
    old = "Mon, 01 Jan 2001 00:00:00 GMT"
    for headers, code, body in (
            ([f"If-None-Match: {etag}"], 304, b""), ([f'If-None-Match: "a", W/{etag}'], 304, b""), ([f"If-Modified-Since: {modified}"], 304, b""),
            (['If-None-Match: "a"', f"If-Modified-Since: {modified}"], 200, b"hello world"), ([f"If-Unmodified-Since: {old}"], 412, None),
            ([f"If-Match: {etag}", f"If-Unmodified-Since: {old}"], 200, b"hello world"), (["If-Match: *"], 200, b"hello world"),
            (["Range: bytes=0-4"], 206, b"hello"), (["Range: bytes=-5"], 206, b"world"), (["Range: bytes=6-999"], 206, b"world"),
            (["Range: bytes=0-0,2-3"], 200, b"hello world"), (["Range: bytes=99-"], 416, None), (["Range: bytes=-0"], 416, None),
            (["Range: bytes=6-", f"If-Range: {etag}"], 206, b"world"), (["Range: bytes=6-", 'If-Range: "other"'], 200, b"hello world"),
            (["Range: bytes=6-", f"If-Range: {modified}"], 206, b"world"), (["Range: bytes=6-", f"If-Range: {old}"], 200, b"hello world")):
        found = curl(*[word for header in headers for word in ("-H", header)], address)
        assert found[0] == code and (body is None or found[1] == body), (headers, found)


def test_notifications_that_nobody_would_hear_of_are_refused(s3):
    def put(**configuration):
        return lambda: s3.put_bucket_notification_configuration(Bucket="beyond", NotificationConfiguration=configuration)
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert refused(put(QueueConfigurations=[{"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "Events": ["s3:ObjectCreated:*"]}])) == "InvalidArgument"
    assert refused(put(TopicConfigurations=[{"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Events": ["s3:ObjectCreated:*"]}])) == "InvalidArgument"
    assert refused(put(LambdaFunctionConfigurations=[{"LambdaFunctionArn": function, "Events": ["s3:ObjectPainted:*"]}])) == "InvalidArgument"
    put(LambdaFunctionConfigurations=[{"LambdaFunctionArn": function, "Events": ["s3:ObjectRemoved:DeleteMarkerCreated"]}])()
    put()()
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(Bucket="beyond")


def test_no_event_is_told_by_two_notifications_of_a_bucket(s3):
    def put(*filters_and_events):
        s3.put_bucket_notification_configuration(Bucket="beyond", NotificationConfiguration={"LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Events": events,
             "Filter": {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}}
            for rules, events in filters_and_events]})
    every, puts = ["s3:ObjectCreated:*"], ["s3:ObjectCreated:Put"]
    for two in (([], every), ([], puts)), (([("prefix", "a")], every), ([("prefix", "a/b")], puts)), (([], puts), ([("suffix", "x")], puts)):
        assert refused(lambda: put(*two)) == "InvalidArgument", two
    assert refused(lambda: put(([("prefix", "a"), ("Prefix", "b")], every))) == "InvalidArgument"
    put(([("prefix", "a")], every), ([("prefix", "b")], every), ([("prefix", "a")], ["s3:ObjectRemoved:*"]))
    s3.put_bucket_notification_configuration(Bucket="beyond", NotificationConfiguration={})


def test_every_kind_of_change_calls_the_function_that_asked_for_it(server, s3, tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("""
Transform: AWS::Serverless-2016-10-31
Resources:
  Box: { Type: AWS::S3::Bucket, Properties: { BucketName: box-that-tells, VersioningConfiguration: { Status: Enabled } } }
  Hear:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import urllib.parse
        def handler(event, context):
            for record in event["Records"]:
                print("heard", record["eventName"], urllib.parse.unquote_plus(record["s3"]["object"]["key"]))
                print("sequence", record["s3"]["object"]["sequencer"], record["eventName"], record["s3"]["object"]["key"])
      Handler: index.handler
      Runtime: python3.12
      Events:
        All: { Type: S3, Properties: { Bucket: !Ref Box, Events: [ 's3:ObjectCreated:*', 's3:ObjectRemoved:*' ], Filter: { S3Key: { Rules: [ { Name: prefix, Value: in/ } ] } } } }
""")
    server.run("deploy", str(path), "--stack", "hearing")
    box = "box-that-tells"
    s3.put_object(Bucket=box, Key="in/a ü+b", Body=b"x")
    s3.put_object(Bucket=box, Key="out/a", Body=b"x")
    s3.copy_object(Bucket=box, Key="in/copy", CopySource={"Bucket": box, "Key": "out/a"})
    upload = s3.create_multipart_upload(Bucket=box, Key="in/parts")["UploadId"]
    etag = s3.upload_part(Bucket=box, Key="in/parts", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(Bucket=box, Key="in/parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    marker = s3.delete_object(Bucket=box, Key="in/copy")["VersionId"]
    s3.delete_object(Bucket=box, Key="in/copy", VersionId=marker)
    expected = ["ObjectCreated:Put in/a ü+b", "ObjectCreated:Copy in/copy", "ObjectCreated:CompleteMultipartUpload in/parts",
                "ObjectRemoved:DeleteMarkerCreated in/copy", "ObjectRemoved:Delete in/copy"]
    assert until(lambda: all(f"heard {one}" in server.run("logs", "hearing/Hear") for one in expected)), server.run("logs", "hearing/Hear")
    assert "out/a" not in server.run("logs", "hearing/Hear")
    order = sorted(line.split(" sequence ")[1] for line in server.run("logs", "hearing/Hear").splitlines() if "sequence" in line)
    assert [line.split()[1] for line in order if line.endswith("copy")] == [
        "ObjectCreated:Copy", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"], "sequencers tell the order"


def test_a_bucket_policy_denies_everybody_and_its_owner_can_take_it_back(server, s3):
    s3.put_object(Bucket="beyond", Key="secret/a", Body=b"x")
    s3.put_bucket_policy(Bucket="beyond", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::beyond/secret/*"}]}))
    assert refused(s3.get_object, Bucket="beyond", Key="secret/a") == "AccessDenied"
    assert refused(s3.copy_object, Bucket="beyond", Key="b", CopySource="beyond/secret/a") == "AccessDenied"
    s3.delete_bucket_policy(Bucket="beyond")
    assert s3.get_object(Bucket="beyond", Key="secret/a")["Body"].read() == b"x"


def test_awscli_at_large(server, s3, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "large").write_bytes(b"0123456789abcdef" * (100 << 16))
    aws(server, "s3", "cp", str(source / "large"), "s3://beyond/large", "--no-progress")
    aws(server, "s3", "cp", "s3://beyond/large", "s3://other-bucket/large", "--no-progress")
    aws(server, "s3", "cp", "s3://other-bucket/large", str(target), "--no-progress")
    assert subprocess.run(["cmp", source / "large", target]).returncode == 0
    assert b"large" in aws(server, "s3", "ls", "s3://other-bucket")
    aws(server, "s3", "mv", "s3://other-bucket/large", "s3://other-bucket/moved", "--no-progress")
    aws(server, "s3", "sync", str(source), "s3://other-bucket/in", "--delete", "--no-progress")
    (source / "large").unlink()
    (source / "small").write_bytes(b"x")
    assert b"delete: s3://other-bucket/in/large" in aws(server, "s3", "sync", str(source), "s3://other-bucket/in", "--delete", "--no-progress")
    address = aws(server, "s3", "presign", "s3://other-bucket/in/small").decode().strip()
    assert curl(address) == (200, b"x")
    aws(server, "s3api", "wait", "object-exists", "--bucket", "other-bucket", "--key", "moved")
    shown = json.loads(aws(server, "s3api", "list-objects-v2", "--bucket", "other-bucket", "--max-items", "1"))
    assert len(shown["Contents"]) == 1 and shown["NextToken"]
    aws(server, "s3", "mb", "s3://made-by-cli")
    aws(server, "s3", "rb", "s3://made-by-cli", "--force")
