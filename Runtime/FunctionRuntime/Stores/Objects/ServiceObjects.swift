import MailPolicy
import MailTypes

/// Reads objects as WorkMail's own service does for PutRawMessageContent: only from buckets that are here, and only what
/// the bucket's policy lets the service's principal read (reference/email-flow.md §7.2, faults.md F76).
public struct ServiceObjects: ObjectReader {
    /// Octets read at a time.
    private static let stepOctets = 1 << 20

    let store: any ObjectStore
    let region: String
    let account: String

    /// A reader over this store.
    public init(store: any ObjectStore, region: String, account: String) {
        (self.store, self.region, self.account) = (store, region, account)
    }

    public func object(bucket name: String, key: String, version: String?, limitOctets: Int, for message: String)
        async throws(ObjectFailure) -> Octets
    {
        do {
            guard let bucket = try await store.bucket(name) else { throw ObjectFailure.noSuchBucket }
            guard mayRead(key, version: version, in: bucket, for: message) else { throw ObjectFailure.denied }
            // Opened once: what is measured is what is read, whatever becomes of the object meanwhile.
            guard let content = try await store.openObject(key, in: name, version: version) else {
                throw ObjectFailure.noSuchObject
            }
            let size = content.version.size
            guard size <= limitOctets else { throw ObjectFailure.tooLarge(limitOctets: limitOctets) }
            var octets: Octets = []
            octets.reserveCapacity(size)
            while octets.count < size {
                let step = try await content.read(octets.count..<min(octets.count + Self.stepOctets, size))
                guard !step.isEmpty else { throw ObjectFailure.down("object \(name)/\(key) is shorter than its size") }
                octets += step
            }
            return octets
        } catch let failure as ObjectFailure {
            throw failure
        } catch {
            throw ObjectFailure.down("\(error)")
        }
    }

    /// Whether the policy allows it; a bucket without one lets nobody but the account read.
    private func mayRead(_ key: String, version: String?, in bucket: Bucket, for message: String) -> Bool {
        guard let text = bucket.settings.policy, let policy = try? PolicyDocument(parsing: Octets(text: text)) else {
            return false
        }
        let request = PolicyRequest(
            version == nil ? "s3:GetObject" : "s3:GetObjectVersion", on: "arn:aws:s3:::\(bucket.name)/\(key)",
            by: .service("workmail.\(region).amazonaws.com"),
            context: [
                "aws:SourceArn": ["arn:aws:workmailmessageflow:\(region):\(account):\(message)"],
                "aws:SourceAccount": [account], "aws:SecureTransport": ["true"],
                "aws:PrincipalIsAWSService": ["true"],
                "aws:PrincipalServiceName": ["workmail.\(region).amazonaws.com"],
            ])
        return policy.verdict(on: request) == .allowed
    }
}
