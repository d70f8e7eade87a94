import MailTypes

/// Something that happened to an object, as S3 tells it (reference/functions.md §5.3).
public struct ObjectEvent: Sendable {
    /// `ObjectCreated:Put`, `ObjectRemoved:Delete`, `LifecycleExpiration:Delete`, …
    public var name: String
    public var bucket: Bucket
    public var version: ObjectVersion
    public var at: Timestamp
    public var region: String
    /// Who did it: the access key's id.
    public var principal: String
    /// Nil when nobody asked for it.
    public var peer: NetworkAddress?
    public var requestID: Identifier128

    /// An event of these facts.
    public init(
        name: String, bucket: Bucket, version: ObjectVersion, at now: Timestamp, region: String, principal: String,
        peer: NetworkAddress?, requestID: Identifier128
    ) {
        self.name = name
        self.bucket = bucket
        self.version = version
        at = now
        self.region = region
        self.principal = principal
        self.peer = peer
        self.requestID = requestID
    }

    /// The bucket's notifications that are about it.
    public var notifications: [ObjectNotification] {
        bucket.settings.notifications.filter { $0.matches(name, key: version.key) }
    }

    /// The event's JSON, one record, for a notification of this id.
    public func json(configurationID: String) -> JSONValue {
        var object: JSONValue = ["key": .string(encodedKey), "sequencer": .string(sequencer)]
        func add(_ name: String, _ value: JSONValue) {
            guard case .object(var members) = object else { return }
            members[name] = value
            object = .object(members)
        }
        if !version.isDeleteMarker, !name.hasPrefix("ObjectRemoved"), !name.hasPrefix("LifecycleExpiration") {
            add("size", .integer(Int64(version.size)))
            add("eTag", .string(version.etag))
        }
        if version.version != ObjectVersion.nullVersion { add("versionId", .string(version.version)) }
        let record: JSONValue = [
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": .string(region),
            "eventTime": .string(at.rfc3339), "eventName": .string(name),
            "userIdentity": ["principalId": .string("AWS:\(principal)")],
            "requestParameters": ["sourceIPAddress": .string(peer?.host ?? "s3.amazonaws.com")],
            "responseElements": [
                "x-amz-request-id": .string(requestID.description), "x-amz-id-2": "mailroom",
            ],
            "s3": [
                "s3SchemaVersion": "1.0", "configurationId": .string(configurationID),
                "bucket": [
                    "name": .string(bucket.name), "ownerIdentity": ["principalId": "mailroom"],
                    "arn": .string("arn:aws:s3:::\(bucket.name)"),
                ], "object": object,
            ],
        ]
        return ["Records": [record]]
    }

    /// The key percent-encoded, a blank as `+`.
    private var encodedKey: String {
        Octets(
            PercentCoding.encode(version.key.utf8).split(separator: 0x25, omittingEmptySubsequences: false)
                .enumerated().flatMap { index, part -> Octets in
                    guard index > 0 else { return Octets(part) }
                    return part.starts(with: "20".utf8) ? [0x2B] + part.dropFirst(2) : [0x25] + part
                }
        ).text
    }

    /// Eighteen digits: sixteen that grow with each version, and two that put its end behind its beginning.
    private var sequencer: String {
        let digits = String(version.sequence, radix: 16, uppercase: true)
        let isEnd = name.hasSuffix(":Delete")
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits + (isEnd ? "01" : "00")
    }
}
