import MailTypes

/// What of a bucket can be read and set on its own, by its name in the query.
enum BucketPart: String, CaseIterable, Sendable {
    case location, versioning, policy, policyStatus, lifecycle, notification, tagging, acl
    case cors, encryption, publicAccessBlock, ownershipControls
    case accelerate, logging, replication, requestPayment, website
    case objectLock = "object-lock"
    case analytics, inventory, metrics
    case tiering = "intelligent-tiering"

    /// The one that a request's query names; nil when it names none.
    init?(_ request: ObjectsRequest) {
        guard let part = Self.allCases.first(where: { request.has($0.rawValue) }) else { return nil }
        self = part
    }

    var readAction: String {
        switch self {
        case .location: "s3:GetBucketLocation"
        case .versioning: "s3:GetBucketVersioning"
        case .policy: "s3:GetBucketPolicy"
        case .policyStatus: "s3:GetBucketPolicyStatus"
        case .lifecycle: "s3:GetLifecycleConfiguration"
        case .notification: "s3:GetBucketNotification"
        case .tagging: "s3:GetBucketTagging"
        case .cors: "s3:GetBucketCORS"
        case .encryption: "s3:GetEncryptionConfiguration"
        case .publicAccessBlock: "s3:GetBucketPublicAccessBlock"
        case .ownershipControls: "s3:GetBucketOwnershipControls"
        default: "s3:GetBucketAcl"
        }
    }

    var writeAction: String {
        switch self {
        case .versioning: "s3:PutBucketVersioning"
        case .policy: "s3:PutBucketPolicy"
        case .lifecycle: "s3:PutLifecycleConfiguration"
        case .notification: "s3:PutBucketNotification"
        case .tagging: "s3:PutBucketTagging"
        case .cors: "s3:PutBucketCORS"
        case .encryption: "s3:PutEncryptionConfiguration"
        case .publicAccessBlock: "s3:PutBucketPublicAccessBlock"
        case .ownershipControls: "s3:PutBucketOwnershipControls"
        default: "s3:PutBucketAcl"
        }
    }
}
